// Who one is, one's password, where one is signed in, and the way out. Stands in for the button that loaded it, and opens at once.
import { ActionIcon, Menu } from "@mantine/core";
import { IconDevices, IconKey, IconKeyboard, IconLogout, IconUser } from "@tabler/icons-react";
import { useEffect, useRef, useState } from "react";
import { useOnDemand } from "../../components/onDemand";
import { runKey } from "../../lib/keys";
import { signOut } from "../../services/session";
import { useAuthStore } from "../../stores/auth";
import { toastError } from "../../stores/toasts";

export default function AccountMenu() {
  const user = useAuthStore((state) => state.user);
  const button = useRef<HTMLButtonElement>(null);
  const [isOpen, setOpen] = useState(false);
  const [ChangePassword, loadChange] = useOnDemand(() => import("./ChangePassword"));
  const [Sessions, loadSessions] = useOnDemand(() => import("../../components/Sessions"));
  const [opened, setOpened] = useState<"password" | "sessions" | null>(null);

  useEffect(() => {
    button.current?.focus(); // it was on the button that stood here; the menu gives it back to the one it opens from
    const frame = requestAnimationFrame(() => setOpen(true));
    return () => cancelAnimationFrame(frame);
  }, []);

  function show(what: typeof opened, load: () => void) {
    load();
    setOpened(what);
  }

  function close() {
    setOpened(null);
    button.current?.focus(); // the item that opened it is gone with the menu
  }

  return (
    <>
      <Menu position="bottom-end" opened={isOpen} onChange={setOpen} withInitialFocusPlaceholder={false} withinPortal={false}>
        <Menu.Target>
          <ActionIcon ref={button} variant="subtle" size="lg" aria-label="Your account">
            <IconUser size={18} aria-hidden />
          </ActionIcon>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Label>
            {user?.username} ({user?.role})
          </Menu.Label>
          <Menu.Item leftSection={<IconKey size={16} aria-hidden />} onClick={() => show("password", loadChange)}>
            Change password
          </Menu.Item>
          <Menu.Item leftSection={<IconDevices size={16} aria-hidden />} onClick={() => show("sessions", loadSessions)}>
            Where am I signed in?
          </Menu.Item>
          <Menu.Item leftSection={<IconKeyboard size={16} aria-hidden />} onClick={() => runKey("?")}>
            Keyboard
          </Menu.Item>
          <Menu.Item leftSection={<IconLogout size={16} aria-hidden />} onClick={() => void leave()}>
            Sign out
          </Menu.Item>
        </Menu.Dropdown>
      </Menu>
      {ChangePassword && opened === "password" && <ChangePassword onClose={close} />}
      {Sessions && user && opened === "sessions" && <Sessions username={user.username} isOneself onClose={close} />}
    </>
  );
}

async function leave() {
  try {
    await signOut();
  } catch (error) {
    toastError("You are still signed in", error);
  }
}
