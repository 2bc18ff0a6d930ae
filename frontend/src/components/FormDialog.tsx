// A dialog with a form: what was refused is said in it, and it stays open until it is done. Loaded when it is opened.
import { Alert, Button, Group, Modal, Stack } from "@mantine/core";
import type { FormEvent, ReactNode } from "react";
import { wordsOf, wordsOfField } from "../lib/api/words";

export interface FormDialogProps {
  title: string;
  /** What the button says that does it. */
  action: string;
  isDangerous?: boolean;
  isBusy: boolean;
  /** What was refused; null where nothing was. */
  error: unknown;
  /** Fields that show what was said of them; the rest is said above the form. */
  fields?: readonly string[];
  canSubmit?: boolean;
  /** The focus begins on the button that does it, for a question that Enter may answer. */
  startsOnAction?: boolean;
  onSubmit: (form: FormData) => void;
  onClose: () => void;
  children: ReactNode;
}

export function FormDialog(props: FormDialogProps) {
  const { title, action, isDangerous = false, isBusy, error, fields = [], canSubmit = true, startsOnAction, onSubmit, onClose, children } = props;
  const isSaidAtField = fields.some((field) => wordsOfField(error, field) !== null);

  function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    onSubmit(new FormData(event.currentTarget));
  }

  return (
    <Modal opened onClose={onClose} title={title}>
      <form onSubmit={submit}>
        <Stack>
          {error !== null && !isSaidAtField && (
            <Alert color="red" role="alert">
              {wordsOf(error)}
            </Alert>
          )}
          {children}
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>
              Cancel
            </Button>
            <Button type="submit" loading={isBusy} disabled={!canSubmit} data-autofocus={startsOnAction} {...(isDangerous ? { color: "red.8" } : {})}>
              {action}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
