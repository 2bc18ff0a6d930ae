// A field for a password that is to be: it says the rule, and what the server said of it.
import type { PasswordInputProps } from "@mantine/core";
import { wordsOfField } from "../lib/api/words";
import { PASSWORD_RULE } from "../lib/rules";
import { SecretInput } from "./SecretInput";

/** `refusal` is why the form was refused, whatever it was about; null before. */
export function NewPassword({ refusal, ...props }: { refusal: unknown } & Omit<PasswordInputProps, "name" | "error">) {
  return (
    <SecretInput
      name="password"
      description={PASSWORD_RULE}
      autoComplete="new-password"
      error={wordsOfField(refusal, "password")}
      required
      {...props}
    />
  );
}
