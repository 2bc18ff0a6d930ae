// The list itself: only what is in sight is drawn, however many alerts there are.
import { defaultRangeExtractor, type Range, useWindowVirtualizer } from "@tanstack/react-virtual";
import { type KeyboardEvent, useCallback, useEffect, useLayoutEffect, useRef, useState } from "react";
import classes from "./AlertList.module.css";
import { AlertRow, type AlertRowProps, type Picked } from "./AlertRow";
import { openIds, type Row } from "./fold";

const USUAL_HEIGHT = 56; // pixels; each row is measured when it is drawn
const OVERSCAN = 8;
const NEAR_THE_END = 20; // rows; the next page is asked for before the last one is in sight

type Passed = Pick<AlertRowProps, "canAcknowledge" | "routeTo" | "onFold" | "onPick">;

interface AlertListProps extends Passed {
  rows: readonly Row[];
  open: ReadonlySet<string>;
  picked: ReadonlySet<string>;
  hasMore: boolean;
  onNearEnd: () => void;
}

export function AlertList({ rows, open, picked, hasMore, onNearEnd, ...passed }: AlertListProps) {
  const list = useRef<HTMLUListElement>(null);
  const [top, setTop] = useState(0);
  const [focusedKey, setFocusedKey] = useState<string | null>(null);
  const focused = focusedKey === null ? -1 : rows.findIndex((row) => row.key === focusedKey);

  // What stands above the list comes and goes, and moves it: the page's height tells.
  useLayoutEffect(() => {
    const measure = () => {
      if (list.current) setTop(Math.round(list.current.getBoundingClientRect().top + window.scrollY));
    };
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(document.body);
    return () => observer.disconnect();
  }, []);

  // oxlint-disable-next-line react/incompatible-library -- nothing here is compiled by React Compiler
  const virtual = useWindowVirtualizer({
    count: rows.length,
    estimateSize: () => USUAL_HEIGHT,
    overscan: OVERSCAN,
    useFlushSync: false, // rows are measured while React draws them, when it cannot be made to draw at once
    scrollMargin: top,
    scrollPaddingStart: 64, // the header's height: it covers the top
    scrollPaddingEnd: 64,
    getItemKey: useCallback((index: number) => rows[index]?.key ?? index, [rows]),
    // The row that has the focus stays drawn: a focus that is gone begins at the top of the page again.
    rangeExtractor: useCallback(
      (range: Range) => {
        const inSight = defaultRangeExtractor(range);
        return focused < 0 || inSight.includes(focused) ? inSight : [...inSight, focused].toSorted((one, other) => one - other);
      },
      [focused],
    ),
  });
  const drawn = virtual.getVirtualItems();

  const last = virtual.range?.endIndex ?? 0;
  useEffect(() => {
    if (hasMore && last >= rows.length - NEAR_THE_END) onNearEnd();
  }, [hasMore, last, rows.length, onNearEnd]);

  function step(event: KeyboardEvent<HTMLDivElement>) {
    const by = event.key === "ArrowDown" ? 1 : event.key === "ArrowUp" ? -1 : 0;
    const next = focused + by;
    if (by === 0 || focused < 0 || next < 0 || next >= rows.length) return;
    event.preventDefault();
    virtual.scrollToIndex(next);
    focusRow(list.current, next);
  }

  return (
    <div
      role="presentation"
      onKeyDown={step}
      onFocus={({ target }) => setFocusedKey(target.closest<HTMLElement>("[data-key]")?.dataset.key ?? null)}
      onBlur={() => setFocusedKey(null)}
    >
      <ul ref={list} aria-label="Alerts" className={classes.list} style={{ height: virtual.getTotalSize() }}>
        {drawn.map(({ index, key, start }) => {
          const row = rows[index];
          if (!row) return null;
          return (
            <li
              key={key}
              ref={virtual.measureElement}
              data-index={index}
              data-key={row.key}
              aria-posinset={index + 1}
              aria-setsize={hasMore ? -1 : rows.length}
              className={classes.item}
              style={{ transform: `translateY(${start - top}px)` }}
            >
              <AlertRow
                {...passed}
                fold={row.fold}
                alert={row.alert}
                isOpen={open.has(row.fold.key)}
                picked={pickedOf(row, picked)}
              />
            </li>
          );
        })}
      </ul>
    </div>
  );
}

function pickedOf({ fold, alert }: Row, picked: ReadonlySet<string>): Picked {
  if (picked.size === 0) return "none";
  const ids = openIds(alert ? [alert] : fold.alerts);
  const count = ids.filter((id) => picked.has(id)).length;
  return count === 0 ? "none" : count === ids.length ? "all" : "some";
}

/** Focus a row's link, when it is drawn: that may be after the next frame. */
function focusRow(list: HTMLElement | null, index: number) {
  const link = () => list?.querySelector<HTMLElement>(`[data-index="${index}"] [data-alert]`);
  const there = link();
  if (there) there.focus({ preventScroll: true });
  else requestAnimationFrame(() => link()?.focus({ preventScroll: true }));
}
