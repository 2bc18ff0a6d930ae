// What can be done with the alerts that are selected; stays in sight.
import { CloseButton, Paper, Text } from "@mantine/core";
import { AcknowledgeButton } from "./AcknowledgeButton";
import classes from "./SelectionBar.module.css";

export function SelectionBar({ ids, onClear }: { ids: readonly string[]; onClear: () => void }) {
  return (
    <Paper component="section" withBorder shadow="md" className={classes.bar} aria-label="Selected alerts">
      <Text size="sm">{ids.length} selected</Text>
      <AcknowledgeButton ids={ids} isMain>
        {`Acknowledge ${ids.length}`}
      </AcknowledgeButton>
      <CloseButton aria-label="Clear the selection" onClick={onClear} />
    </Paper>
  );
}
