// A home of which nothing was ever heard: how to be heard.
import { Code } from "@mantine/core";
import { EmptyState } from "../../components/EmptyState";
import { sampled } from "../../lib/sampled";
import { useAlertsStore } from "../../stores/alerts";
import { useDevicesStore } from "../../stores/devices";
import { useStats } from "./stats";

const PUBLISH = `mosquitto_pub -h 127.0.0.1 -p 1883 -u operator -P "$(cat ~/.local/share/homeguard/secrets/broker-operator-password)" -q 1 -t homeguard/alerts -m '{"device_id":"cam-1","reason":"Port scan"}'`;

export function Welcome() {
  return (
    <EmptyState
      title="Nothing was heard yet"
      text={
        <>
          Publish an alert, and it is here at once. <Code>homeguard up</Code> printed this line with your own port and data
          directory: paste that one, or this one where both are the usual ones.
        </>
      }
      command={PUBLISH}
    />
  );
}

const useHasNoDevices = sampled(useDevicesStore, ({ isLoaded, byId }) => isLoaded && Object.keys(byId).length === 0, 250);

/** Say whether nothing was ever heard, as far as can be known; false until it is known. */
export function useIsEmpty(): boolean {
  const { data } = useStats();
  const hasNoDevices = useHasNoDevices();
  const hasNoAlerts = useAlertsStore(({ recent }) => recent.length === 0);
  return hasNoDevices && hasNoAlerts && data?.alerts_24h.total === 0;
}
