// A home of which nothing was ever heard: how to be heard.
import { PublishState } from "../../components/PublishState";
import { sampled } from "../../lib/sampled";
import { useAlertsStore } from "../../stores/alerts";
import { useDevicesStore } from "../../stores/devices";
import { useStats } from "./stats";

export function Welcome() {
  return (
    <PublishState
      title="Nothing was heard yet"
      text="Publish an alert, and it is here at once."
      topic="alerts"
      payload='{"device_id":"cam-1","reason":"Port scan"}'
    />
  );
}

const useHasNoDevices = sampled(useDevicesStore, ({ isLoaded, byId }) => isLoaded && Object.keys(byId).length === 0, 250);

/** Say whether nothing was ever heard, as far as can be known; false until it is known. */
export function useIsEmpty(): boolean {
  const { data } = useStats();
  const hasNoDevices = useHasNoDevices();
  const hasNoAlerts = useAlertsStore(({ recent }) => recent.length === 0);
  return hasNoDevices && hasNoAlerts && data?.alerts_24h?.total === 0;
}
