// The dialog that asks before a user is removed.
import { Text } from "@mantine/core";
import { FormDialog } from "../../../components/FormDialog";
import { removeUser, useChange } from "./users";

export interface RemoveUserProps {
  username: string;
  isOneself: boolean;
  onClose: () => void;
}

export default function RemoveUser({ username, isOneself, onClose }: RemoveUserProps) {
  const { mutate, error, isPending } = useChange(
    () => removeUser(username),
    () => ({ told: `${username} was removed`, ended: isOneself ? "You have removed your own user." : undefined }),
    onClose,
  );
  return (
    <FormDialog
      title={`Remove ${username}?`}
      action="Remove"
      isDangerous
      isBusy={isPending}
      error={error}
      onSubmit={mutate}
      onClose={onClose}
    >
      <Text size="sm">
        {isOneself
          ? "This is you: you are signed out everywhere and cannot sign in any more."
          : `${username} is signed out everywhere and cannot sign in any more.`}
      </Text>
    </FormDialog>
  );
}
