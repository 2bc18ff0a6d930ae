// What narrows the list of devices down, and on a phone what sorts it.
import { CloseButton, Group, Kbd, NativeSelect, SegmentedControl, TextInput } from "@mantine/core";
import { IconSearch } from "@tabler/icons-react";
import { useRef } from "react";
import { useKey } from "../../lib/keys";
import { COLUMNS, type Column, type Listing, SHOWN, type Shown } from "./listing";

const STATUS_LABELS: Record<Shown, string> = { all: "All", online: "Online", offline: "Offline", blocked: "Blocked" };
const SORT_LABELS: Record<Column, string> = { name: "name", status: "status", last_seen: "last seen", block: "block" };
const SORTS = COLUMNS.flatMap((column) => [
  { value: column, label: `By ${SORT_LABELS[column]}` },
  { value: `-${column}`, label: `By ${SORT_LABELS[column]}, reversed` },
]);

export interface FiltersProps {
  listing: Listing;
  kinds: readonly string[];
  isPhone: boolean;
  onChange: (change: Partial<Listing>) => void;
}

export function Filters({ listing, kinds, isPhone, onChange }: FiltersProps) {
  const input = useRef<HTMLInputElement>(null);
  useKey("/", "Search", () => {
    input.current?.focus();
    input.current?.select();
  });
  return (
    <Group gap="xs">
      <TextInput
        ref={input}
        type="search"
        aria-label="Search devices"
        placeholder="Name, kind, address, MAC"
        leftSection={<IconSearch size={16} aria-hidden />}
        rightSection={
          listing.q === "" ? (
            !isPhone && <Kbd size="xs" aria-hidden>/</Kbd>
          ) : (
            <CloseButton size="sm" aria-label="Clear the search" onClick={() => onChange({ q: "" })} />
          )
        }
        value={listing.q}
        onChange={(event) => onChange({ q: event.currentTarget.value })}
        flex="1 1 14rem"
      />
      <SegmentedControl
        aria-label="Show"
        data={SHOWN.map((value) => ({ value, label: STATUS_LABELS[value] }))}
        value={listing.status}
        onChange={(status) => onChange({ status })}
        fullWidth={isPhone}
        flex={isPhone ? "1 1 100%" : undefined}
      />
      <NativeSelect
        aria-label="Kind"
        data={[{ value: "", label: "Every kind" }, ...new Set([...kinds, ...(listing.kind === "" ? [] : [listing.kind])])]}
        value={listing.kind}
        onChange={(event) => onChange({ kind: event.currentTarget.value })}
        flex={isPhone ? 1 : undefined}
      />
      {isPhone && (
        <NativeSelect
          aria-label="Sort"
          data={SORTS}
          value={`${listing.isDescending ? "-" : ""}${listing.sort}`}
          onChange={(event) => {
            const { value } = event.currentTarget;
            const column = COLUMNS.find((one) => value.endsWith(one)) ?? "name";
            onChange({ sort: column, isDescending: value.startsWith("-") });
          }}
          flex={1}
        />
      )}
    </Group>
  );
}
