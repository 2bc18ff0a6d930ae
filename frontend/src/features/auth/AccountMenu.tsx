// Who one is, one's password, and the way out. Stands in for the button that loaded it, and opens at once.
import { ActionIcon, Menu } from "@mantine/core";
import { IconKey, IconKeyboard, IconLogout, IconUser } from "@tabler/icons-react";
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
  const [ChangePassword, load] = useOnDemand(() => import("./ChangePassword"));
  const [isChanging, setChanging] = useState(false);

  useEffect(() => {
    button.current?.focus(); // it was on the button that stood here; the menu gives it back to the one it opens from
    const frame = requestAnimationFrame(() => setOpen(true));
    return () => cancelAnimationFrame(frame);
  }, []);

  function change() {
    load();
    setChanging(true);
  }

  function close() {
    setChanging(false);
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
          <Menu.Item leftSection={<IconKey size={16} aria-hidden />} onClick={change}>
            Change password
          </Menu.Item>
          <Menu.Item leftSection={<IconKeyboard size={16} aria-hidden />} onClick={() => runKey("?")}>
            Keyboard
          </Menu.Item>
          <Menu.Item leftSection={<IconLogout size={16} aria-hidden />} onClick={() => void leave()}>
            Sign out
          </Menu.Item>
        </Menu.Dropdown>
      </Menu>
      {ChangePassword && isChanging && <ChangePassword onClose={close} />}
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
