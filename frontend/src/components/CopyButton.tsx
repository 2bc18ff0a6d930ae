// Copies a text; where the browser has no clipboard for us (plain http), selects what stands before the button.
import { ActionIcon } from "@mantine/core";
import { IconCheck, IconCopy } from "@tabler/icons-react";
import { useRef, useState } from "react";

const LABELS = { idle: "Copy", copied: "Copied", selected: "Selected: press Ctrl+C" } as const;

/** `what` it copies, where there are several: "the password". */
export function CopyButton({ text, what }: { text: string; what?: string }) {
  const [done, setDone] = useState<keyof typeof LABELS>("idle");
  const button = useRef<HTMLButtonElement>(null);

  async function copy() {
    try {
      await navigator.clipboard.writeText(text); // there is no clipboard on plain http
      setDone("copied");
    } catch {
      select(button.current?.previousElementSibling);
      setDone("selected");
    }
  }

  const label = done === "idle" && what !== undefined ? `Copy ${what}` : LABELS[done];
  const Icon = done === "idle" ? IconCopy : IconCheck;
  return (
    <ActionIcon
      ref={button}
      variant="default"
      size="lg"
      aria-label={label}
      title={label}
      onClick={() => void copy()}
      onBlur={() => setDone("idle")}
    >
      <Icon size={18} aria-hidden />
    </ActionIcon>
  );
}

function select(element: Element | null | undefined) {
  if (element) window.getSelection()?.selectAllChildren(element);
}
