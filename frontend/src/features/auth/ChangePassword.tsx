// The dialog to change one's own password; it signs one out everywhere, and says so before.
import { Alert, Button, Group, Modal, Stack, Text } from "@mantine/core";
import { type FormEvent, useState } from "react";
import { SecretInput } from "../../components/SecretInput";
import { wordsOf, wordsOfField } from "../../lib/api/words";
import { PASSWORD_RULE } from "../../lib/rules";
import { changeOwnPassword } from "../../services/account";
import { useAuthStore } from "../../stores/auth";

export default function ChangePassword({ onClose }: { onClose: () => void }) {
  const username = useAuthStore((state) => state.user?.username);
  const [error, setError] = useState<unknown>(null);
  const [isBusy, setBusy] = useState(false);

  async function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    setBusy(true);
    setError(null);
    try {
      await changeOwnPassword(String(form.get("current")), String(form.get("password")));
    } catch (refusal) {
      setError(refusal);
      setBusy(false);
    }
  }

  const ofPassword = wordsOfField(error, "password");
  return (
    <Modal opened onClose={onClose} title="Change your password" closeButtonProps={{ "aria-label": "Close" }}>
      <form onSubmit={(event) => void submit(event)}>
        <Stack>
          <Text size="sm">This signs you out everywhere, here too: sign in with the new password afterwards.</Text>
          {error !== null && ofPassword === null && (
            <Alert color="red" role="alert">
              {wordsOf(error)}
            </Alert>
          )}
          {/* For password managers: whose password it is. */}
          <input type="text" name="username" autoComplete="username" value={username} readOnly hidden />
          <SecretInput name="current" label="Present password" autoComplete="current-password" required data-autofocus />
          <SecretInput
            name="password"
            label="New password"
            description={PASSWORD_RULE}
            autoComplete="new-password"
            error={ofPassword}
            required
          />
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>
              Cancel
            </Button>
            <Button type="submit" loading={isBusy}>
              Change password
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
