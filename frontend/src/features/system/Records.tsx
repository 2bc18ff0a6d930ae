// A list of records: a table where there is room, cards on a phone.
import { Paper, Stack, Table } from "@mantine/core";
import { useMediaQuery } from "@mantine/hooks";
import type { ReactNode } from "react";
import classes from "./Records.module.css";

export interface Column<T> {
  /** Empty for buttons: their own words say what they are. */
  header: string;
  cell: (record: T) => ReactNode;
}

export interface RecordsProps<T> {
  label: string;
  columns: readonly Column<T>[];
  records: readonly T[];
  keyOf: (record: T) => string;
}

const PHONE = "(max-width: 48em)"; // Mantine's `sm`, where the shell changes too

export function Records<T>(props: RecordsProps<T>) {
  const isPhone = useMediaQuery(PHONE, false, { getInitialValueInEffect: false });
  return isPhone ? <Cards {...props} /> : <Rows {...props} />;
}

function Rows<T>({ label, columns, records, keyOf }: RecordsProps<T>) {
  return (
    <Table aria-label={label} verticalSpacing="xs" className={classes.table}>
      <Table.Thead>
        <Table.Tr>
          {columns.map(({ header }) => (header === "" ? <Table.Td key={header} /> : <Table.Th key={header}>{header}</Table.Th>))}
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody>
        {records.map((record) => (
          <Table.Tr key={keyOf(record)}>
            {columns.map(({ header, cell }) => (
              <Table.Td key={header} ta={header === "" ? "right" : "left"}>
                {cell(record)}
              </Table.Td>
            ))}
          </Table.Tr>
        ))}
      </Table.Tbody>
    </Table>
  );
}

function Cards<T>({ label, columns, records, keyOf }: RecordsProps<T>) {
  return (
    <Stack component="ul" aria-label={label} gap="xs" className={classes.cards}>
      {records.map((record) => (
        <Paper component="li" key={keyOf(record)} withBorder p="sm">
          <dl className={classes.card}>
            {columns.map(({ header, cell }) => (
              <div key={header} className={header === "" ? classes.buttons : classes.field}>
                <dt>{header}</dt>
                <dd>{cell(record)}</dd>
              </div>
            ))}
          </dl>
        </Paper>
      ))}
    </Stack>
  );
}
