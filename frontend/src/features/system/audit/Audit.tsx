// Who did what, newest first, for admins: each entry a sentence; what is shown stands in the address.
import { Button, Group, NativeSelect, Paper, Stack, Text } from "@mantine/core";
import { useInfiniteQuery } from "@tanstack/react-query";
import { Link, useSearch } from "wouter";
import { EmptyState } from "../../../components/EmptyState";
import { RelativeTime } from "../../../components/RelativeTime";
import { useReads } from "../../../components/useMay";
import { ask } from "../../../lib/api/client";
import type { Rest } from "../../../lib/api/types";
import { navigate } from "../../../lib/hash";
import { Failed, Waiting } from "../States";
import { useUsers } from "../users/users";
import classes from "./Audit.module.css";
import { type Action, ACTIONS, auditPieces, type Entry, NOBODYS } from "./auditwords";
import { askedOf, type AuditFilters, readFilters, routeOf } from "./filters";

const PAGE = 50;
const REFRESH_MS = 10_000;

const actions = [
  { value: "", label: "Whatever was done" },
  ...Object.entries(ACTIONS).map(([value, label]) => ({ value, label })),
];

export default function Audit() {
  const filters = readFilters(useSearch());
  return (
    <Stack gap="sm">
      <Filters filters={filters} onChange={(change) => navigate(routeOf({ ...filters, ...change }), { replace: true })} />
      <Entries filters={filters} />
    </Stack>
  );
}

interface FiltersProps {
  filters: AuditFilters;
  onChange: (change: Partial<AuditFilters>) => void;
}

function Filters({ filters: { action, by }, onChange }: FiltersProps) {
  const { data } = useUsers();
  const known = [...(data?.items.map(({ username }) => username) ?? []), ...Object.keys(NOBODYS)];
  const all = by === null || known.includes(by) ? known : [by, ...known]; // who was removed did things, too
  return (
    <Group gap="xs">
      <NativeSelect
        aria-label="What was done"
        data={actions}
        value={action ?? ""}
        onChange={({ currentTarget: { value } }) => onChange({ action: (value || null) as Action | null })}
      />
      <NativeSelect
        aria-label="By whom"
        data={[{ value: "", label: "By anybody" }, ...all.map((name) => ({ value: name, label: `By ${NOBODYS[name] ?? name}` }))]}
        value={by ?? ""}
        onChange={({ currentTarget: { value } }) => onChange({ by: value || null })}
      />
    </Group>
  );
}

function Entries({ filters }: { filters: AuditFilters }) {
  const list = useInfiniteQuery({
    queryKey: ["audit", filters.action, filters.by],
    queryFn: ({ pageParam, signal }) =>
      ask<Rest.Audit>("api/audit", { query: { ...askedOf(filters), limit: PAGE, before: pageParam }, signal }),
    initialPageParam: null as number | null,
    getNextPageParam: (page) => page.next,
    // New ones come by themselves, until somebody reads back: then every page would be asked for again.
    refetchInterval: ({ state }) => ((state.data?.pages.length ?? 0) > 1 ? false : REFRESH_MS),
  });
  if (list.isPending) return <Waiting label="Loading the audit" />;
  if (!list.data) {
    return (
      <Failed title="The audit could not be read" error={list.error} isBusy={list.isFetching} onRetry={() => void list.refetch()} />
    );
  }
  const entries = list.data.pages.flatMap(({ items }) => items);
  if (entries.length === 0) return <None filters={filters} />;
  return (
    <>
      <Paper component="ul" withBorder className={classes.list} aria-label="Audit">
        {entries.map((entry) => (
          <One key={entry.id} entry={entry} />
        ))}
      </Paper>
      {list.error && (
        <Failed
          title={list.isFetchNextPageError ? "The older ones could not be read" : "This list may be old"}
          error={list.error}
          isBusy={list.isFetching}
          onRetry={() => void (list.isFetchNextPageError ? list.fetchNextPage() : list.refetch())}
        />
      )}
      {list.hasNextPage && !list.isFetchNextPageError && (
        <Button variant="default" loading={list.isFetchingNextPage} onClick={() => void list.fetchNextPage()} className={classes.more}>
          Load older ones
        </Button>
      )}
    </>
  );
}

function None({ filters }: { filters: AuditFilters }) {
  if (filters.action === null && filters.by === null) {
    return <EmptyState title="Nothing yet" text="Who signs in, blocks a device or changes a user is here from then on." />;
  }
  return (
    <EmptyState title="Nothing like this" text="Nothing that is kept matches the filters.">
      <Button variant="default" onClick={() => navigate(routeOf({ action: null, by: null }), { replace: true })}>
        Clear the filters
      </Button>
    </EmptyState>
  );
}

function One({ entry }: { entry: Entry }) {
  const readsDevices = useReads("devices");
  return (
    <li className={classes.entry} data-action={entry.action}>
      <Text size="sm" className={classes.words}>
        {auditPieces(entry).map((piece) =>
          typeof piece === "string" ? (
            piece
          ) : readsDevices ? (
            <Link key={piece.device} href={`/devices/${encodeURIComponent(piece.device)}`}>
              {piece.device}
            </Link>
          ) : (
            piece.device
          ),
        )}
      </Text>
      <Text size="xs" c="dimmed" className={classes.when}>
        <RelativeTime at={entry.at} />
      </Text>
    </li>
  );
}
