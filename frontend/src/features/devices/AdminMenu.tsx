// What an admin may do with a device: name it, give it a password, remove it.
import { ActionIcon, Menu } from "@mantine/core";
import { IconDots, IconKey, IconPencil, IconTrash } from "@tabler/icons-react";
import { useState } from "react";
import { useOnDemand } from "../../components/onDemand";
import type { Device } from "../../lib/api/types";
import { RemoveDialog } from "./RemoveDialog";
import { RenameDialog } from "./RenameDialog";

export function AdminMenu({ device }: { device: Device }) {
  const [opened, setOpened] = useState<"rename" | "rotate" | "remove" | null>(null);
  const [RotateDialog, loadRotate] = useOnDemand(() => import("./RotateDialog"));
  const close = () => setOpened(null);

  function rotate() {
    loadRotate();
    setOpened("rotate");
  }

  return (
    <>
      <Menu position="bottom-end" withInitialFocusPlaceholder={false}>
        <Menu.Target>
          <ActionIcon variant="default" size="lg" aria-label="More to do with this device">
            <IconDots size={18} aria-hidden />
          </ActionIcon>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Item leftSection={<IconPencil size={16} aria-hidden />} onClick={() => setOpened("rename")}>
            Rename…
          </Menu.Item>
          <Menu.Item leftSection={<IconKey size={16} aria-hidden />} onClick={rotate}>
            {device.has_account ? "New password…" : "Make an account…"}
          </Menu.Item>
          <Menu.Item leftSection={<IconTrash size={16} aria-hidden />} onClick={() => setOpened("remove")}>
            Remove…
          </Menu.Item>
        </Menu.Dropdown>
      </Menu>
      {opened === "rename" && <RenameDialog device={device} onClose={close} />}
      {RotateDialog && opened === "rotate" && <RotateDialog device={device} onClose={close} />}
      {opened === "remove" && <RemoveDialog device={device} onClose={close} />}
    </>
  );
}
