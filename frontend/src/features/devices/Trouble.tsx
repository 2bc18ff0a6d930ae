// Says that a part of the page could not be loaded, and tries again.
import { Alert, Button } from "@mantine/core";

export function Trouble({ what, error, onRetry }: { what: string; error: Error; onRetry: () => void }) {
  return (
    <Alert color="red" variant="outline" title={what} mb="sm">
      {error.message}
      <div>
        <Button variant="default" size="compact-sm" mt="xs" onClick={onRetry}>
          Try again
        </Button>
      </div>
    </Alert>
  );
}
