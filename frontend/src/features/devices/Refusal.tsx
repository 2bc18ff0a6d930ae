// Says in a dialog what went wrong, and what that means for the device.
import { Alert } from "@mantine/core";
import { type Doing, refusalWords } from "./refusals";

export function Refusal({ error, doing }: { error: unknown; doing: Doing }) {
  if (error === null) return null;
  return (
    <Alert color="red" variant="outline" role="alert">
      {refusalWords(error, doing)}
    </Alert>
  );
}
