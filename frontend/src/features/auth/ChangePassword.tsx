// The dialog to change one's own password; it signs one out everywhere, and says so before.
import { Text } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { FormDialog } from "../../components/FormDialog";
import { NewPassword } from "../../components/NewPassword";
import { SecretInput } from "../../components/SecretInput";
import { changeOwnPassword } from "../../services/account";
import { useAuthStore } from "../../stores/auth";

export default function ChangePassword({ onClose }: { onClose: () => void }) {
  const username = useAuthStore((state) => state.user?.username);
  const { mutate, error, isPending } = useMutation({
    mutationFn: (form: FormData) => changeOwnPassword(String(form.get("current")), String(form.get("password"))),
  });
  return (
    <FormDialog
      title="Change your password"
      action="Change password"
      isBusy={isPending}
      error={error}
      fields={["password"]}
      onSubmit={mutate}
      onClose={onClose}
    >
      <Text size="sm">This signs you out everywhere, here too: sign in with the new password afterwards.</Text>
      {/* For password managers: whose password it is. */}
      <input type="text" name="username" autoComplete="username" value={username} readOnly hidden />
      <SecretInput name="current" label="Present password" autoComplete="current-password" required data-autofocus />
      <NewPassword label="New password" refusal={error} />
    </FormDialog>
  );
}
