// A button that opens the dialog in which something is added; the dialog is loaded when it is first asked for.
import { Button } from "@mantine/core";
import { IconPlus } from "@tabler/icons-react";
import { type ComponentType, useRef, useState } from "react";
import { useOnDemand } from "./onDemand";

interface Props {
  label: string;
  /** Imports the dialog; the same function at every call. */
  dialog: () => Promise<{ default: ComponentType<{ onClose: () => void }> }>;
}

export function AddButton({ label, dialog }: Props) {
  const button = useRef<HTMLButtonElement>(null);
  const [isOpen, setOpen] = useState(false);
  const [Dialog, load] = useOnDemand(dialog);

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
        {label}
      </Button>
      {Dialog && isOpen && <Dialog onClose={close} />}
    </>
  );
}
