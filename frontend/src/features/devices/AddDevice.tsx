// Adds a device: asks how it is called, then shows once how it signs in at the broker.
import { Text, TextInput } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { FormDialog } from "../../components/FormDialog";
import type { Rest } from "../../lib/api/types";
import { wordsOfField } from "../../lib/api/words";
import { navigate } from "../../lib/hash";
import { DEVICE_ID_RULE, MAX_DEVICE_ID } from "../../lib/rules";
import { addDevice } from "./accounts";
import { Credentials } from "./Credentials";
import { refusalWords } from "./refusals";

const MAX_NAME = 100;
const FIELDS = ["id", "name", "kind"] as const;

const wordIn = (form: FormData, field: string) => String(form.get(field)).trim();

function wishIn(form: FormData): Rest.NewDevice {
  const [name, kind] = [wordIn(form, "name"), wordIn(form, "kind")];
  return { id: wordIn(form, "id").toLowerCase(), ...(name && { name }), ...(kind && { kind }) }; // ids are lower case
}

export default function AddDevice({ onClose }: { onClose: () => void }) {
  const { mutate, data, error, isPending } = useMutation({ mutationFn: (form: FormData) => addDevice(wishIn(form)) });

  if (data) {
    return (
      <Credentials
        account={data}
        onClose={() => {
          onClose();
          navigate(`/devices/${data.device.id}`);
        }}
      />
    );
  }
  const isAtField = FIELDS.some((field) => wordsOfField(error, field) !== null);
  return (
    <FormDialog
      title="Add a device"
      action="Add device"
      isBusy={isPending}
      error={error && !isAtField ? new Error(refusalWords(error, "add")) : error}
      fields={FIELDS}
      onSubmit={mutate}
      onClose={onClose}
    >
      <Text size="sm">It gets an account at the broker, with a password that is shown once, and may speak on its own topics alone.</Text>
      <TextInput
        name="id"
        label="Id"
        description={DEVICE_ID_RULE}
        placeholder="cam-1"
        autoComplete="off"
        autoCapitalize="none"
        spellCheck={false}
        maxLength={MAX_DEVICE_ID}
        error={wordsOfField(error, "id")}
        required
        data-autofocus
      />
      <TextInput name="name" label="Name" placeholder="Front door" autoComplete="off" maxLength={MAX_NAME} error={wordsOfField(error, "name")} />
      <TextInput
        name="kind"
        label="Kind"
        placeholder="camera, lock, tv, phone, …"
        autoComplete="off"
        maxLength={MAX_NAME}
        error={wordsOfField(error, "kind")}
      />
    </FormDialog>
  );
}
