// What to do about an alert that HomeGuard itself has raised of a device: the way to the devices that it is about.
import { Alert, Anchor, Text } from "@mantine/core";
import { Link } from "wouter";
import { useReads } from "../../components/useMay";
import type { Alert as AlertOf } from "../../lib/api/types";
import { OURSELVES } from "./DeviceLink";

export function NextStep({ data }: Pick<AlertOf, "data">) {
  const readsDevices = useReads("devices");
  const step = stepOf(data);
  if (!readsDevices || step === null) return null;
  return (
    <Alert color="guard" variant="outline" p="sm">
      <Text size="sm">{step.words}</Text>
      {step.devices.map((id) => (
        <Anchor key={id} component={Link} href={`/devices/${encodeURIComponent(id)}`} size="sm" display="block" mt={4}>
          Open {id}
        </Anchor>
      ))}
    </Alert>
  );
}

interface Step {
  words: string;
  devices: string[];
}

function stepOf({ raised_by, category, device_id, details }: AlertOf["data"]): Step | null {
  if (raised_by !== "homeguard" || device_id === OURSELVES) return null;
  const more = (details ?? {}) as Readonly<Record<string, unknown>>;
  if (category === "new_device") {
    const words = more.quarantined === true
      ? "It is blocked until somebody lets it in. Do you know it? Let it in on its page."
      : "Do you know it? Give it a name on its page. If you do not, block it there.";
    return { words, devices: [device_id] };
  }
  if (category === "spoofing") {
    const claimed = typeof more.claimed === "string" ? [more.claimed] : [];
    return { words: "What it said in another's name was rejected. Look at the one that spoke, and block it if you do not trust it.", devices: [device_id, ...claimed] };
  }
  if (category === "drift") {
    const what = typeof more.enforcer === "string" ? "what is in force of its block" : "its account at the broker";
    return { words: `Somebody has changed ${what} by hand. If it was nobody of yours, somebody else can.`, devices: [device_id] };
  }
  return null;
}
