// The dialog to give a user another password, such as one who has forgotten theirs.
import { Text } from "@mantine/core";
import { FormDialog } from "../../../components/FormDialog";
import { NewPassword } from "../../../components/NewPassword";
import { changeUser, useChange } from "./users";

export default function SetPassword({ username, onClose }: { username: string; onClose: () => void }) {
  const { mutate, error, isPending } = useChange(
    (form) => changeUser(username, { password: String(form.get("password")) }),
    () => ({ told: `${username} has a new password` }),
    onClose,
  );
  return (
    <FormDialog
      title={`Set the password of ${username}`}
      action="Set password"
      isBusy={isPending}
      error={error}
      fields={["password"]}
      onSubmit={mutate}
      onClose={onClose}
    >
      <Text size="sm">This signs {username} out everywhere.</Text>
      <NewPassword label="New password" refusal={error} data-autofocus />
    </FormDialog>
  );
}
