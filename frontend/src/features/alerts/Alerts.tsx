// Every alert, the newest first: live at the top, all of history below.
import { Button, Checkbox, Group, Loader, Stack, Text, Title } from "@mantine/core";
import { IconArrowUp } from "@tabler/icons-react";
import { lazy, Suspense, useCallback, useMemo, useState } from "react";
import { useSearch } from "wouter";
import { useMay } from "../../components/useMay";
import { wordsOf } from "../../lib/api/words";
import { navigate } from "../../lib/hash";
import { useKey } from "../../lib/keys";
import { acknowledge } from "./acknowledge";
import { AlertList } from "./AlertList";
import classes from "./Alerts.module.css";
import { Filters } from "./Filters";
import { type AlertFilters, isFiltered, NO_FILTERS, readFilters, routeOf } from "./filters";
import { folding, openIds, rowsOf } from "./fold";
import { Nothing } from "./Nothing";
import { SelectionBar } from "./SelectionBar";
import { useAlerts } from "./useAlerts";
import { useLiveAlerts } from "./useLiveAlerts";
import { usePicked } from "./usePicked";

const AlertDrawer = lazy(() => import("./AlertDrawer"));

export default function Alerts() {
  const search = useSearch();
  const shownId = new URLSearchParams(search).get("alert");
  const filters = useFilters(search);
  const canAcknowledge = useMay("operator");
  const { live, waiting, showNewest } = useLiveAlerts(filters);
  const { alerts, isLoading, error, hasMore, loadMore, retry } = useAlerts(filters, live);
  const [open, setOpen] = useState<ReadonlySet<string>>(new Set());
  const [foldThem] = useState(folding);
  const folds = useMemo(() => foldThem(alerts), [foldThem, alerts]);
  const rows = useMemo(() => rowsOf(folds, open), [folds, open]);
  const { picked, pick, clear } = usePicked(alerts);

  const routeTo = useCallback((id: string) => routeOf(filters, id), [filters]);
  const change = (to: Partial<AlertFilters>) => {
    clear();
    navigate(routeOf({ ...filters, ...to }), { replace: true });
  };
  const onFold = useCallback((key: string) => setOpen((before) => toggled(before, key)), []);
  useKey("a", "Acknowledge the alert in focus, or those selected", () => {
    const key = document.activeElement?.closest<HTMLElement>("[data-key]")?.dataset.key;
    const row = rows.find((one) => one.key === key);
    const ids = row ? openIds(row.alert ? [row.alert] : row.fold.alerts) : [...picked];
    if (ids.length === 0) return false;
    void acknowledge(ids);
  }, { isOn: canAcknowledge });

  return (
    <Stack gap="sm">
      <Title order={2}>Alerts</Title>
      <Filters filters={filters} onChange={change} />
      {waiting > 0 && (
        <Button className={classes.waiting} size="xs" radius="xl" leftSection={<IconArrowUp size={14} aria-hidden />} onClick={showNewest}>
          {waiting} new
        </Button>
      )}
      {canAcknowledge && rows.length > 0 && <PickAll ids={openIds(alerts)} picked={picked} pick={pick} />}
      {rows.length === 0 && !isLoading && !error && !hasMore ? (
        <Nothing isFiltered={isFiltered(filters)} onClear={() => change(NO_FILTERS)} />
      ) : (
        <AlertList
          rows={rows}
          open={open}
          picked={picked}
          canAcknowledge={canAcknowledge}
          routeTo={routeTo}
          onFold={onFold}
          onPick={pick}
          hasMore={hasMore && !isLoading && !error}
          onNearEnd={loadMore}
        />
      )}
      <End isLoading={isLoading} error={error} retry={retry} isEnd={rows.length > 0 && !hasMore} />
      {picked.size > 0 && <SelectionBar ids={[...picked]} onClear={clear} />}
      {shownId !== null && (
        <Suspense>
          <AlertDrawer id={shownId} alerts={alerts} canAcknowledge={canAcknowledge} onClose={() => navigate(routeOf(filters), { replace: true })} />
        </Suspense>
      )}
    </Stack>
  );
}

/** The same object for as long as the filters are the same, whatever else the route says. */
function useFilters(search: string): AlertFilters {
  const route = routeOf(readFilters(search));
  return useMemo(() => readFilters(route.split("?")[1] ?? ""), [route]);
}

function toggled(keys: ReadonlySet<string>, key: string): ReadonlySet<string> {
  const next = new Set(keys);
  if (!next.delete(key)) next.add(key);
  return next;
}

interface PickAllProps {
  ids: readonly string[];
  picked: ReadonlySet<string>;
  pick: (ids: readonly string[], isPicked: boolean) => void;
}

function PickAll({ ids, picked, pick }: PickAllProps) {
  if (ids.length === 0) return null;
  const areAll = ids.every((id) => picked.has(id));
  return (
    <Checkbox
      className={classes.all}
      size="md"
      label={`Select all open alerts loaded so far (${ids.length})`}
      checked={areAll}
      indeterminate={!areAll && picked.size > 0}
      onChange={() => pick(ids, !areAll)}
    />
  );
}

function End({ isLoading, error, retry, isEnd }: { isLoading: boolean; error: Error | null; retry: () => void; isEnd: boolean }) {
  if (isLoading) return <Loader className={classes.end} size="sm" aria-label="Reading older alerts" />;
  if (error) {
    return (
      <Group justify="center" role="alert">
        <Text size="sm">Older alerts could not be read. {wordsOf(error)}</Text>
        <Button size="xs" variant="default" onClick={retry}>
          Try again
        </Button>
      </Group>
    );
  }
  return isEnd ? (
    <Text className={classes.end} size="sm" c="dimmed">
      These are all.
    </Text>
  ) : null;
}
