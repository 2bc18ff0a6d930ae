// Lists the keys that work here, and switches them off for whoever does not want them.
import { Kbd, Modal, Switch, Table } from "@mantine/core";
import { Fragment } from "react";
import { switchKeys, useKeysOn, useKnownKeys } from "../lib/keys";

export default function KeyHelp({ onClose }: { onClose: () => void }) {
  const known = useKnownKeys();
  const areOn = useKeysOn();
  return (
    <Modal opened onClose={onClose} title="Keyboard" closeButtonProps={{ "aria-label": "Close" }}>
      <Table aria-label="Keys of this page" withRowBorders={false} verticalSpacing={6}>
        <Table.Thead>
          <Table.Tr>
            <Table.Th w="8rem">Key</Table.Th>
            <Table.Th>What it does</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {known.map(({ keys, label }) => (
            <Row key={keys} keys={keys} label={label} />
          ))}
          <Row keys="Esc" label="Close what is open" />
        </Table.Tbody>
      </Table>
      <Switch
        mt="md"
        label="Keys of one letter or sign"
        description="Switch them off if you speak to your computer, or press them by mistake. Esc, Tab and Enter stay."
        checked={areOn}
        onChange={(event) => switchKeys(event.currentTarget.checked)}
      />
    </Modal>
  );
}

function Row({ keys, label }: { keys: string; label: string }) {
  return (
    <Table.Tr>
      <Table.Td>
        {keys.split(" ").map((key, index) => (
          <Fragment key={key}>
            {index > 0 && " then "}
            <Kbd>{key}</Kbd>
          </Fragment>
        ))}
      </Table.Td>
      <Table.Td>{label}</Table.Td>
    </Table.Tr>
  );
}
