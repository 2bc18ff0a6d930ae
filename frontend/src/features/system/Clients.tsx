// Who is connected now, as the process that this page talks to knows it.
import { Stack, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { EmptyState } from "../../components/EmptyState";
import { RelativeTime } from "../../components/RelativeTime";
import { ask } from "../../lib/api/client";
import type { Rest } from "../../lib/api/types";
import { legible } from "../../lib/legible";
import { programOf } from "../../lib/program";
import { type Column, Records } from "./Records";
import { Failed, Waiting } from "./States";

const REFRESH_MS = 5_000;
const LIMIT = 200; // more are a number, not something to read

const COLUMNS: readonly Column<Rest.ClientView>[] = [
  { header: "User", cell: ({ user }) => user },
  { header: "Role", cell: ({ role }) => role },
  { header: "Channel", cell: ({ channel }) => channel },
  { header: "Address", cell: ({ address }) => address },
  { header: "Since", cell: ({ since }) => <RelativeTime at={since} /> },
  { header: "Program", cell: ({ client }) => <span title={client === null ? undefined : legible(client)}>{legible(programOf(client))}</span> },
];

export function Clients() {
  const { data, error, isFetching, refetch } = useQuery({
    queryKey: ["clients"],
    queryFn: ({ signal }) => ask<Rest.Clients>("api/clients", { query: { limit: LIMIT }, signal }),
    refetchInterval: REFRESH_MS,
  });
  const failed = error && (
    <Failed title="Who is connected could not be read" error={error} isBusy={isFetching} onRetry={() => void refetch()} />
  );
  if (!data) return failed ?? <Waiting label="Loading who is connected" />;
  return (
    <Stack gap="sm">
      {failed}
      {data.items.length === 0 ? (
        <EmptyState title="Nobody is connected" text="Open pages and `homeguard tail` would be here, one line for each channel that they follow." />
      ) : (
        <>
          <Text size="sm" c="dimmed">
            {told(data)}
          </Text>
          <Records label="Connected clients" columns={COLUMNS} records={keyed(data.items)} keyOf={(one) => one.key} />
        </>
      )}
    </Stack>
  );
}

function told({ total, items }: Rest.Clients): string {
  const all = total === 1 ? "One connection" : `${total.toLocaleString("en")} connections`;
  return total > items.length ? `${all}; the newest ${items.length} are shown.` : `${all}. A page has one for each channel.`;
}

/** Connections have no id: those that are the same in everything are told apart by their place among themselves. */
function keyed(items: readonly Rest.ClientView[]) {
  const seen = new Map<string, number>();
  return items.map((one) => {
    const same = [one.user, one.channel, one.address, one.since, one.client].join("\n");
    const place = (seen.get(same) ?? 0) + 1;
    seen.set(same, place);
    return { ...one, key: `${same}\n${place}` };
  });
}
