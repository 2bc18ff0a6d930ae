// Opens the dialog that adds a device; loaded when it is first asked for.
import { Button } from "@mantine/core";
import { IconPlus } from "@tabler/icons-react";
import { useRef, useState } from "react";
import { useOnDemand } from "../../components/onDemand";

export function AddButton() {
  const button = useRef<HTMLButtonElement>(null);
  const [isOpen, setOpen] = useState(false);
  const [AddDevice, load] = useOnDemand(() => import("./AddDevice"));

  function open() {
    load();
    setOpen(true);
  }

  function close() {
    setOpen(false);
    button.current?.focus();
  }

  return (
    <>
      <Button ref={button} size="xs" leftSection={<IconPlus size={16} aria-hidden />} onClick={open}>
        Add device
      </Button>
      {AddDevice && isOpen && <AddDevice onClose={close} />}
    </>
  );
}
