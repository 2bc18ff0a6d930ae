// Which rows of a long list are worth drawing: those near the window. A short list is drawn whole.
import { useWindowVirtualizer } from "@tanstack/react-virtual";
import { type RefCallback, useLayoutEffect, useRef, useState } from "react";

const VIRTUAL_FROM = 200; // rows; a browser draws as many at once without a stutter
const OVERSCAN = 12;

export interface WindowRows {
  isVirtual: boolean;
  indexes: readonly number[];
  /** Height of what is not drawn, in pixels. */
  before: number;
  after: number;
  /** Goes on the list itself. */
  list: RefCallback<HTMLElement>;
  /** Goes on every row, which has its index in `data-index`; undefined where nothing is measured. */
  measure: RefCallback<HTMLElement> | undefined;
}

export function useWindowRows(count: number, rowHeight: number): WindowRows {
  const isVirtual = count > VIRTUAL_FROM;
  const element = useRef<HTMLElement>(null);
  const [top, setTop] = useState(0);
  useLayoutEffect(() => {
    if (element.current) setTop(element.current.getBoundingClientRect().top + window.scrollY);
  }, [isVirtual]);
  // oxlint-disable-next-line react/incompatible-library -- nothing here is compiled by React Compiler
  const virtualizer = useWindowVirtualizer({
    count: isVirtual ? count : 0,
    estimateSize: () => rowHeight,
    overscan: OVERSCAN,
    scrollMargin: top,
  });
  const items = virtualizer.getVirtualItems();
  const [first, last] = [items[0], items.at(-1)];
  return {
    isVirtual,
    indexes: isVirtual ? items.map(({ index }) => index) : Array.from({ length: count }, (_, index) => index),
    before: first ? first.start - top : 0,
    after: last ? virtualizer.getTotalSize() - (last.end - top) : 0,
    list: (node) => {
      element.current = node;
    },
    measure: isVirtual ? virtualizer.measureElement : undefined,
  };
}
