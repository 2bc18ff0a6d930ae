// Who one is, and the way out.
import { ActionIcon, Menu } from "@mantine/core";
import { IconLogout, IconUser } from "@tabler/icons-react";
import { signOut } from "../../services/session";
import { useAuthStore } from "../../stores/auth";
import { toastError } from "../../stores/toasts";

export default function AccountMenu() {
  const user = useAuthStore((state) => state.user);
  return (
    <Menu position="bottom-end">
      <Menu.Target>
        <ActionIcon variant="subtle" size="lg" aria-label="Your account">
          <IconUser size={18} aria-hidden />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>
          {user?.username} ({user?.role})
        </Menu.Label>
        <Menu.Item leftSection={<IconLogout size={16} aria-hidden />} onClick={() => void leave()}>
          Sign out
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}

async function leave() {
  try {
    await signOut();
  } catch (error) {
    toastError("You are still signed in", error);
  }
}
