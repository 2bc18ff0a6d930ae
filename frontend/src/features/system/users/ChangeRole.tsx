// The dialog to give a user another role; it signs them out, and says so before.
import { Text } from "@mantine/core";
import { useState } from "react";
import { FormDialog } from "../../../components/FormDialog";
import type { Rest, Role } from "../../../lib/api/types";
import { RoleChoice } from "./RoleChoice";
import { changeUser, useChange } from "./users";

export interface ChangeRoleProps {
  user: Rest.UserView;
  isOneself: boolean;
  onClose: () => void;
}

export default function ChangeRole({ user, isOneself, onClose }: ChangeRoleProps) {
  const { username } = user;
  const [role, setRole] = useState<Role>(user.role);
  const { mutate, error, isPending } = useChange(
    () => changeUser(username, { role }),
    () => ({ told: `${username} is ${role} now`, ended: isOneself ? "Your role has been changed. Sign in again." : undefined }),
    onClose,
  );
  return (
    <FormDialog
      title={`Change the role of ${username}`}
      action="Change role"
      isBusy={isPending}
      error={error}
      canSubmit={role !== user.role}
      onSubmit={mutate}
      onClose={onClose}
    >
      <RoleChoice value={role} onChange={setRole} />
      <Text size="sm">This signs {isOneself ? "you" : username} out everywhere.</Text>
    </FormDialog>
  );
}
