// Names the device of an alert: a link to its page for who reads devices, where it is one.
import { Link } from "wouter";
import { useReads } from "../../components/useMay";

export const OURSELVES = "homeguard"; // alerts that are about no device; no device may have this id

export function DeviceLink({ id, className }: { id: string; className: string | undefined }) {
  const readsDevices = useReads("devices");
  if (!readsDevices || id === OURSELVES) return <span>{id}</span>;
  return (
    <Link href={`/devices/${id}`} className={className}>
      {id}
    </Link>
  );
}
