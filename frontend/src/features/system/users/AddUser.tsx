// The dialog to let somebody sign in.
import { TextInput } from "@mantine/core";
import { useState } from "react";
import { FormDialog } from "../../../components/FormDialog";
import { NewPassword } from "../../../components/NewPassword";
import type { Channel, Role } from "../../../lib/api/types";
import { wordsOfField } from "../../../lib/api/words";
import { MAX_USERNAME, PASSWORD_RULE, USERNAME_RULE } from "../../../lib/rules";
import { CHANNELS, ChannelChoice, chosenOf } from "./ChannelChoice";
import { RoleChoice } from "./RoleChoice";
import { addUser, useChange } from "./users";

const nameIn = (form: FormData) => String(form.get("username")).trim().toLowerCase(); // names are lower case

export default function AddUser({ onClose }: { onClose: () => void }) {
  const [role, setRole] = useState<Role>("viewer");
  const [channels, setChannels] = useState<readonly Channel[]>(CHANNELS);
  const chosen = chosenOf(channels);
  const { mutate, error, isPending } = useChange(
    (form) => addUser({ username: nameIn(form), password: String(form.get("password")), role, ...(chosen && { channels: chosen }) }),
    (form) => ({ told: `${nameIn(form)} may sign in now` }),
    onClose,
  );
  return (
    <FormDialog
      title="Add a user"
      action="Add user"
      isBusy={isPending}
      error={error}
      fields={["username", "password"]}
      canSubmit={chosen !== undefined}
      onSubmit={mutate}
      onClose={onClose}
    >
      <TextInput
        name="username"
        label="User name"
        description={USERNAME_RULE}
        autoComplete="off"
        autoCapitalize="none"
        spellCheck={false}
        maxLength={MAX_USERNAME}
        error={wordsOfField(error, "username")}
        required
        data-autofocus
      />
      <NewPassword label="Password" description={`${PASSWORD_RULE}. They can change it themselves.`} refusal={error} />
      <RoleChoice value={role} onChange={setRole} />
      <ChannelChoice value={channels} onChange={setChannels} />
    </FormDialog>
  );
}
