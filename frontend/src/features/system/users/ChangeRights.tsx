// The dialog to give a user another role, or other channels to read; it signs them out, and says so before.
import { Text } from "@mantine/core";
import { useState } from "react";
import { FormDialog } from "../../../components/FormDialog";
import type { Channel, Rest, Role } from "../../../lib/api/types";
import { areSame, ChannelChoice, chosenOf } from "./ChannelChoice";
import { RoleChoice } from "./RoleChoice";
import { changeUser, useChange } from "./users";

export interface ChangeRightsProps {
  user: Rest.UserView;
  isOneself: boolean;
  onClose: () => void;
}

export default function ChangeRights({ user, isOneself, onClose }: ChangeRightsProps) {
  const { username } = user;
  const [role, setRole] = useState<Role>(user.role);
  const [channels, setChannels] = useState<readonly Channel[]>(user.channels);
  const chosen = chosenOf(channels);
  const isOther = role !== user.role || !areSame(channels, user.channels);
  const { mutate, error, isPending } = useChange(
    () => changeUser(username, { role, ...(chosen && { channels: chosen }) }),
    () => ({
      told: `${username} is ${role} now, and reads ${channels.join(" and ")}`,
      ended: isOneself ? "What you may do has been changed. Sign in again." : undefined,
    }),
    onClose,
  );
  return (
    <FormDialog
      title={`Change what ${username} may do`}
      action="Change rights"
      isBusy={isPending}
      error={error}
      canSubmit={isOther && chosen !== undefined}
      onSubmit={mutate}
      onClose={onClose}
    >
      <RoleChoice value={role} onChange={setRole} />
      <ChannelChoice value={channels} onChange={setChannels} />
      <Text size="sm">This signs {isOneself ? "you" : username} out everywhere.</Text>
    </FormDialog>
  );
}
