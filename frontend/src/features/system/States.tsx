// What stands where a list is not there: it is on its way, it failed, or it is not for this role.
import { Alert, Button, Skeleton, Stack, Text, VisuallyHidden } from "@mantine/core";
import type { ReactNode } from "react";
import { type Role, includes } from "../../lib/api/types";
import { wordsOf } from "../../lib/api/words";
import { useAuthStore } from "../../stores/auth";

const ROWS = ["one", "two", "three", "four"] as const; // about what a screen of a phone shows

export function Waiting({ label }: { label: string }) {
  return (
    <Stack gap="xs">
      <VisuallyHidden component="output">{label}</VisuallyHidden>
      {ROWS.map((row) => (
        <Skeleton key={row} h={44} />
      ))}
    </Stack>
  );
}

export interface FailedProps {
  title: string;
  error: unknown;
  isBusy: boolean;
  onRetry: () => void;
}

export function Failed({ title, error, isBusy, onRetry }: FailedProps) {
  return (
    <Alert color="red" role="alert" title={title}>
      <Stack gap="sm" align="flex-start">
        <Text size="sm">{wordsOf(error)}</Text>
        <Button variant="default" size="xs" onClick={onRetry} loading={isBusy}>
          Retry
        </Button>
      </Stack>
    </Alert>
  );
}

/** Show the children to whoever has the role; tell the others what it needs. */
export function For({ least, children }: { least: Role; children: ReactNode }) {
  const own = useAuthStore((state) => state.user?.role);
  if (own !== undefined && includes(own, least)) return children;
  return (
    <Alert color="guard" title={`This needs the role ${least}`}>
      <Text size="sm">Your role is {own}. An admin can give you another one, under Users.</Text>
    </Alert>
  );
}
