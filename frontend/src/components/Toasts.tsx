// Shows what pops up, in a corner; a screen reader is told politely.
import { Notification, Text } from "@mantine/core";
import { useEffect, useState } from "react";
import { Link } from "wouter";
import { type Toast, useToastsStore } from "../stores/toasts";
import classes from "./Toasts.module.css";

const SHOWN_MS = 6_000;

export function Toasts() {
  const shown = useToastsStore((state) => state.shown);
  const more = useToastsStore((state) => state.more);
  const [isHeld, setHeld] = useState(false); // who points at one, or has it in focus, reads on
  if (isHeld && shown.length === 0) setHeld(false); // what had the focus is gone, and does not say so
  return (
    <output aria-live="polite" aria-label="Notifications">
      <div
        className={classes.corner}
        onPointerEnter={() => setHeld(true)}
        onPointerLeave={() => setHeld(false)}
        onFocus={() => setHeld(true)}
        onBlur={() => setHeld(false)}
      >
        {shown.map((one) => (
          <One key={one.id} toast={one} isHeld={isHeld} />
        ))}
        {more > 0 && (
          <Text size="sm" className={classes.more}>
            {more} more
          </Text>
        )}
      </div>
    </output>
  );
}

function One({ toast, isHeld }: { toast: Toast; isHeld: boolean }) {
  const dismiss = useToastsStore((state) => state.dismiss);
  useEffect(() => {
    if (isHeld) return;
    const timer = setTimeout(() => dismiss(toast.id), SHOWN_MS);
    return () => clearTimeout(timer);
  }, [dismiss, toast.id, isHeld]);
  return (
    <Notification
      className={classes.toast}
      title={<Title toast={toast} onOpen={() => dismiss(toast.id)} />}
      color={toast.color ?? "guard"}
      withBorder
      onClose={() => dismiss(toast.id)}
      closeButtonProps={{ "aria-label": "Dismiss" }}
    >
      {toast.message !== undefined && <bdi className={`${classes.words} ${classes.message}`}>{toast.message}</bdi>}
    </Notification>
  );
}

function Title({ toast: { title, href, count }, onOpen }: { toast: Toast; onOpen: () => void }) {
  const words = (
    <>
      <bdi className={classes.words}>{title}</bdi>
      {/* It may change many times a second: for eyes only. */}
      {count > 1 && <span aria-hidden> ×{count}</span>}
    </>
  );
  if (href === undefined) return words;
  return (
    <Link href={href} className={classes.link} onClick={onOpen}>
      {words}
    </Link>
  );
}
