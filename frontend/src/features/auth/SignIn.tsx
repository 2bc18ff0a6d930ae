// The form to sign in.
import { Alert, Button, Center, Paper, PasswordInput, Stack, TextInput, Title } from "@mantine/core";
import { type FormEvent, useState } from "react";
import { signIn } from "../../services/session";
import { useAuthStore } from "../../stores/auth";

export function SignIn() {
  const notice = useAuthStore((state) => state.notice);
  const [error, setError] = useState<string | null>(null);
  const [isBusy, setBusy] = useState(false);

  async function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    setBusy(true);
    try {
      await signIn(String(form.get("username")), String(form.get("password")));
    } catch (refusal) {
      setError(refusal instanceof Error ? refusal.message : String(refusal));
      setBusy(false);
    }
  }

  return (
    <Center component="main" mih="100dvh" p="md">
      <Paper withBorder p="xl" w="100%" maw={380}>
        <form onSubmit={(event) => void submit(event)}>
          <Stack>
            <Title order={1} size="h3">
              HomeGuard
            </Title>
            {(error ?? notice) && <Alert color={error ? "red" : "blue"} role="alert">{error ?? notice}</Alert>}
            <TextInput name="username" label="User name" autoComplete="username" autoCapitalize="none" required />
            <PasswordInput name="password" label="Password" autoComplete="current-password" required />
            <Button type="submit" loading={isBusy}>
              Sign in
            </Button>
          </Stack>
        </form>
      </Paper>
    </Center>
  );
}
