// What stands where no alert does: none has come yet, or none passes the filters.
import { Button } from "@mantine/core";
import { EmptyState } from "../../components/EmptyState";
import { PublishState } from "../../components/PublishState";

export function Nothing({ isFiltered, onClear }: { isFiltered: boolean; onClear: () => void }) {
  if (isFiltered) {
    return (
      <EmptyState title="No alert matches" text="None of those that are kept passes these filters.">
        <Button variant="default" onClick={onClear}>
          Clear filters
        </Button>
      </EmptyState>
    );
  }
  return (
    <PublishState
      title="No alerts yet"
      text="They appear here the moment they happen. To see one, publish it."
      topic="alerts"
      payload='{"device_id":"cam-1","reason":"Port scan"}'
    />
  );
}
