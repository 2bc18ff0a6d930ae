// Asks whether a device is to have a new password, or an account where it has none; then shows it once.
import { Text } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { FormDialog } from "../../components/FormDialog";
import { renewCredentials } from "./accounts";
import type { DialogProps } from "./BlockDialog";
import { Credentials } from "./Credentials";
import { nameOf } from "./listing";
import { refusalWords } from "./refusals";

export default function RotateDialog({ device, onClose }: DialogProps) {
  const { mutate, data, error, isPending } = useMutation({ mutationFn: () => renewCredentials(device.id) });
  // It has an account as soon as it is made, and then the question would turn into the other one.
  if (data) return <Credentials account={data} onClose={onClose} />;
  const name = nameOf(device);
  return (
    <FormDialog
      title={device.has_account ? `A new password for ${name}?` : `An account for ${name}?`}
      action={device.has_account ? "New password" : "Make an account"}
      isDangerous={device.has_account}
      isBusy={isPending}
      error={error && new Error(refusalWords(error, "rotate"))}
      onSubmit={() => mutate()}
      onClose={onClose}
    >
      <Text size="sm">
        {device.has_account
          ? "Whoever uses the present one is thrown off at once, the device too: it stays out until it has the new one, which is shown once."
          : "It gets an account at the broker with a password that is shown once. From then on what it says on its own topics is proved to be from it."}
      </Text>
    </FormDialog>
  );
}
