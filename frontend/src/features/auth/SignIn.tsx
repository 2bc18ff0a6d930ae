// The form to sign in: says why one has to, what was refused, and on the first start where the password is.
import { Alert, Button, Center, Group, Paper, Stack, TextInput, Title } from "@mantine/core";
import { type FormEvent, useEffect, useRef, useState } from "react";
import { SecretInput } from "../../components/SecretInput";
import { wordsOf } from "../../lib/api/words";
import { MAX_USERNAME } from "../../lib/rules";
import { signIn } from "../../services/session";
import { useAuthStore } from "../../stores/auth";
import { useWaiting } from "./useWaiting";
import { Welcome } from "./Welcome";

export function SignIn() {
  const notice = useAuthStore((state) => state.notice);
  const [error, setError] = useState<string | null>(null);
  const [isBusy, setBusy] = useState(false);
  const [username, setUsername] = useState("");
  const waiting = useWaiting();
  const said = error !== null && waiting.isOver ? "You may try again now." : error;
  const seconds = waiting.secondsFor(username.trim());
  const name = useRef<HTMLInputElement>(null);
  const secret = useRef<HTMLInputElement>(null);

  useEffect(() => name.current?.focus(), []);

  async function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    const who = String(form.get("username")).trim();
    setBusy(true);
    setError(null); // the same words twice are said twice
    try {
      await signIn(who, String(form.get("password")));
    } catch (refusal) {
      setError(wordsOf(refusal));
      setBusy(false);
      waiting.refused(refusal, who);
      secret.current?.focus();
      secret.current?.select(); // the name stays; the password is typed over
    }
  }

  return (
    <Center component="main" mih="100dvh" p="md">
      <Stack w="100%" maw={400}>
        <Paper withBorder p="xl">
          <form onSubmit={(event) => void submit(event)}>
            <Stack>
              <Group gap="xs">
                <img src="./icon.svg" width={28} height={28} alt="" />
                <Title order={1} size="h3">
                  HomeGuard
                </Title>
              </Group>
              {(said ?? notice) && (
                <Alert color={error && !waiting.isOver ? "red" : "guard"} role="alert">
                  {said ?? notice}
                </Alert>
              )}
              <TextInput
                ref={name}
                name="username"
                label="User name"
                onChange={(event) => setUsername(event.currentTarget.value)}
                autoComplete="username"
                autoCapitalize="none"
                autoCorrect="off"
                spellCheck={false}
                maxLength={MAX_USERNAME}
                required
                withAsterisk={false}
              />
              <SecretInput ref={secret} name="password" label="Password" autoComplete="current-password" required withAsterisk={false} />
              <Button type="submit" loading={isBusy} disabled={seconds > 0}>
                {seconds > 0 ? `Sign in (in ${seconds} s)` : "Sign in"}
              </Button>
            </Stack>
          </form>
        </Paper>
        <Welcome />
      </Stack>
    </Center>
  );
}
