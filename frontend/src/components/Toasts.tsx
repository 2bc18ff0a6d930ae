// Shows what pops up, in a corner; a screen reader is told politely.
import { Notification, Text } from "@mantine/core";
import { useEffect } from "react";
import { Link } from "wouter";
import { type Toast, useToastsStore } from "../stores/toasts";
import classes from "./Toasts.module.css";

const SHOWN_MS = 6_000;

export function Toasts() {
  const shown = useToastsStore((state) => state.shown);
  const more = useToastsStore((state) => state.more);
  return (
    <output className={classes.corner} aria-live="polite" aria-label="Notifications">
      {shown.map((one) => (
        <One key={one.id} toast={one} />
      ))}
      {more > 0 && (
        <Text size="sm" className={classes.more}>
          {more} more
        </Text>
      )}
    </output>
  );
}

function One({ toast }: { toast: Toast }) {
  const dismiss = useToastsStore((state) => state.dismiss);
  useEffect(() => {
    const timer = setTimeout(() => dismiss(toast.id), SHOWN_MS);
    return () => clearTimeout(timer);
  }, [dismiss, toast.id]);
  return (
    <Notification
      className={classes.toast}
      title={toast.href ? <Link href={toast.href}>{toast.title}</Link> : toast.title}
      color={toast.color ?? "guard"}
      withBorder
      onClose={() => dismiss(toast.id)}
      closeButtonProps={{ "aria-label": "Dismiss" }}
    >
      {toast.message}
    </Notification>
  );
}
