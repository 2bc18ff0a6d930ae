// A field for a password: it can be shown, and says when Caps Lock is on.
import { PasswordInput, type PasswordInputProps, Text } from "@mantine/core";
import { type KeyboardEvent, useState } from "react";

export function SecretInput(props: PasswordInputProps) {
  const [isCapsOn, setCapsOn] = useState(false);
  const [isShown, setShown] = useState(false);
  const look = (event: KeyboardEvent) => setCapsOn(event.getModifierState("CapsLock"));
  return (
    <div>
      <PasswordInput
        autoCapitalize="none"
        spellCheck={false}
        visible={isShown}
        onVisibilityChange={setShown}
        visibilityToggleButtonProps={{ "aria-label": isShown ? "Hide the password" : "Show the password" }}
        visibilityToggleFocusable
        onKeyDown={look}
        onKeyUp={look}
        onBlur={() => setCapsOn(false)}
        aria-invalid={props.error ? true : undefined} // Mantine leaves it out
        {...props}
      />
      <Text component="output" size="xs" c="dimmed" display="block" mt={isCapsOn ? 4 : 0}>
        {isCapsOn && "Caps Lock is on"}
      </Text>
    </div>
  );
}
