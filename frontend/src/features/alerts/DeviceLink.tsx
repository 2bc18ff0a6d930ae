// Names the device of an alert: a link to its page for who reads devices.
import { Link } from "wouter";
import { useReads } from "../../components/useMay";

export function DeviceLink({ id, className }: { id: string; className: string | undefined }) {
  const readsDevices = useReads("devices");
  if (!readsDevices) return <span>{id}</span>;
  return (
    <Link href={`/devices/${id}`} className={className}>
      {id}
    </Link>
  );
}
