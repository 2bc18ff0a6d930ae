// Who may sign in, for admins: add, change what they may do, set a password, remove.
import { ActionIcon, Badge, Group, Menu, Stack, Text } from "@mantine/core";
import { IconDots } from "@tabler/icons-react";
import { useRef, useState } from "react";
import { AddButton } from "../../../components/AddButton";
import { useOnDemand } from "../../../components/onDemand";
import { RelativeTime } from "../../../components/RelativeTime";
import type { Rest } from "../../../lib/api/types";
import { useAuthStore } from "../../../stores/auth";
import { type Column, Records } from "../Records";
import { Failed, Waiting } from "../States";
import { useUsers } from "./users";

type Line = Rest.UserView & { isOneself: boolean };

const COLUMNS: readonly Column<Line>[] = [
  { header: "Name", cell: (line) => <Name {...line} /> },
  { header: "Role", cell: ({ role }) => role },
  { header: "Reads", cell: ({ channels }) => channels.join(", ") },
  { header: "Added", cell: ({ created_at }) => <RelativeTime at={created_at} /> },
  { header: "", cell: ({ isOneself, ...user }) => <Actions user={user} isOneself={isOneself} /> },
];

const importAddUser = () => import("./AddUser");

export function Users() {
  const own = useAuthStore((state) => state.user?.username);
  const { data, error, isFetching, refetch } = useUsers();
  const failed = error && (
    <Failed title="The users could not be read" error={error} isBusy={isFetching} onRetry={() => void refetch()} />
  );
  if (!data) return failed ?? <Waiting label="Loading users" />;
  const lines = data.items.map((user) => ({ ...user, isOneself: user.username === own }));
  return (
    <Stack gap="sm">
      {failed}
      <Group justify="space-between">
        <Text size="sm" c="dimmed">
          {lines.length === 1 ? "One user may sign in." : `${lines.length} users may sign in.`}
        </Text>
        <AddButton label="Add a user" dialog={importAddUser} />
      </Group>
      <Records label="Users" columns={COLUMNS} records={lines} keyOf={(user) => user.username} />
    </Stack>
  );
}

function Name({ username, isOneself }: Line) {
  return (
    <Group gap="xs">
      <span>{username}</span>
      {isOneself && (
        <Badge size="sm" variant="outline" color="gray" c="var(--mantine-color-text)">
          You
        </Badge>
      )}
    </Group>
  );
}

function Actions({ user, isOneself }: { user: Rest.UserView; isOneself: boolean }) {
  const [opened, setOpened] = useState<"rights" | "sessions" | "password" | "remove" | null>(null);
  const [ChangeRights, loadRights] = useOnDemand(() => import("./ChangeRights"));
  const [Sessions, loadSessions] = useOnDemand(() => import("../../../components/Sessions"));
  const [SetPassword, loadPassword] = useOnDemand(() => import("./SetPassword"));
  const [RemoveUser, loadRemove] = useOnDemand(() => import("./RemoveUser"));
  const button = useRef<HTMLButtonElement>(null);
  const { username } = user;

  function open(what: typeof opened, load: () => void) {
    load();
    setOpened(what);
  }
  function close() {
    setOpened(null);
    button.current?.focus(); // the item that opened it is gone with the menu
  }

  return (
    <>
      <Menu position="bottom-end" withInitialFocusPlaceholder={false}>
        <Menu.Target>
          <ActionIcon ref={button} variant="subtle" aria-label={`Change ${username}`}>
            <IconDots size={18} aria-hidden />
          </ActionIcon>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Item onClick={() => open("rights", loadRights)}>Change rights</Menu.Item>
          <Menu.Item onClick={() => open("sessions", loadSessions)}>Where signed in</Menu.Item>
          {/* One's own is changed in the account menu, where the present one is asked for. */}
          {!isOneself && <Menu.Item onClick={() => open("password", loadPassword)}>Set password</Menu.Item>}
          <Menu.Item onClick={() => open("remove", loadRemove)}>Remove</Menu.Item>
        </Menu.Dropdown>
      </Menu>
      {ChangeRights && opened === "rights" && <ChangeRights user={user} isOneself={isOneself} onClose={close} />}
      {Sessions && opened === "sessions" && <Sessions username={username} isOneself={isOneself} onClose={close} />}
      {SetPassword && opened === "password" && <SetPassword username={username} onClose={close} />}
      {RemoveUser && opened === "remove" && <RemoveUser username={username} isOneself={isOneself} onClose={close} />}
    </>
  );
}
