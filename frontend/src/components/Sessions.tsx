// The dialog that says where somebody is signed in, by what and since when, and ends it: one's own, or for an admin a user's.
import { Alert, Badge, Button, Group, Loader, Modal, Stack, Text } from "@mantine/core";
import { useEndSessions, useSessions } from "../lib/api/sessions";
import type { Rest } from "../lib/api/types";
import { wordsOf } from "../lib/api/words";
import { legible } from "../lib/legible";
import { programOf } from "../lib/program";
import { RelativeTime } from "./RelativeTime";
import classes from "./Sessions.module.css";

// Whoever asks is there; one who is not in the list came with a token of somebody else's making.
const WITHOUT = "You came with a token of your identity provider, which has no session here.";

export interface SessionsProps {
  username: string;
  isOneself: boolean;
  onClose: () => void;
}

export default function Sessions({ username, isOneself, onClose }: SessionsProps) {
  const list = useSessions(username);
  const ending = useEndSessions(username);
  const sessions = list.data?.pages.flatMap(({ items }) => items) ?? [];
  const others = sessions.filter(({ current }) => !current);
  const error = ending.error ?? list.error;
  return (
    <Modal opened onClose={onClose} title={isOneself ? "Where you are signed in" : `Where ${username} is signed in`} closeButtonProps={{ "aria-label": "Close" }}>
      <Stack>
        {error && (
          <Alert color="red" role="alert">
            {wordsOf(error)}
          </Alert>
        )}
        {list.isPending && <Loader size="sm" aria-label="Reading where" />}
        {list.isSuccess && sessions.length === 0 && <Text size="sm">{isOneself ? WITHOUT : `Nowhere: ${username} is not signed in.`}</Text>}
        {sessions.length > 0 && (
          <ul className={classes.list} aria-label="Sessions">
            {sessions.map((session) => (
              <One key={session.id} session={session} isBusy={ending.isPending} onEnd={() => ending.mutate(session.id)} />
            ))}
          </ul>
        )}
        <Group justify="space-between">
          {list.hasNextPage && (
            <Button variant="default" size="xs" loading={list.isFetchingNextPage} onClick={() => void list.fetchNextPage()}>
              Show more
            </Button>
          )}
          {others.length > (isOneself ? 0 : 1) && (
            <Button color="red.8" size="xs" ml="auto" loading={ending.isPending} onClick={() => ending.mutate("others")}>
              {isOneself ? "Sign out all others" : "Sign out everywhere"}
            </Button>
          )}
        </Group>
      </Stack>
    </Modal>
  );
}

interface OneProps {
  session: Rest.SessionView;
  isBusy: boolean;
  onEnd: () => void;
}

function One({ session: { client, address, created_at, seen_at, current }, isBusy, onEnd }: OneProps) {
  const program = legible(programOf(client));
  return (
    <li className={classes.session}>
      <div className={classes.words}>
        <Group gap="xs">
          <Text fw={600} size="sm" title={legible(client)}>
            {program}
          </Text>
          {current && (
            <Badge size="sm" variant="outline" color="gray" c="var(--mantine-color-text)" tt="none">
              This one
            </Badge>
          )}
        </Group>
        <Text size="xs" c="dimmed">
          {address === null ? "Not used yet" : `From ${address}`}, last seen <RelativeTime at={seen_at} />, since <RelativeTime at={created_at} />
        </Text>
      </div>
      {/* This one is left by the account menu, which knows what to do then. */}
      {!current && (
        <Button variant="default" size="compact-sm" className={classes.button} disabled={isBusy} onClick={onEnd} aria-label={`Sign out ${program}`}>
          Sign out
        </Button>
      )}
    </li>
  );
}
