// Arriving at a page: a new one begins at its top, going back returns to where one left; a screen reader goes on at the
// title. The browser's own way to restore the place comes too early for pages that are loaded when they are needed.

const depths = new Map<number, number>(); // how far down one was, by entry of the history
let entry = 0;
let isNew = false;
let hasMoved = false;

type Stamp = { entry?: number } | null;

function enter() {
  const stamp = window.history.state as Stamp;
  isNew = stamp?.entry === undefined;
  entry = stamp?.entry ?? performance.timeOrigin + performance.now(); // unlike those from before a reload
  if (isNew) window.history.replaceState({ ...stamp, entry }, "");
}

function leave() {
  depths.set(entry, window.scrollY);
  hasMoved = true;
  enter();
}

/** Follow where one goes, from now on; returns what ends that. */
export function followHistory() {
  window.history.scrollRestoration = "manual";
  hasMoved = false;
  enter();
  window.addEventListener("hashchange", leave);
  return () => {
    window.removeEventListener("hashchange", leave);
    window.history.scrollRestoration = "auto";
  };
}

/** The page is drawn: show the part of it that one saw last, and put the focus on its title. */
export function arrive() {
  if (!hasMoved) return; // the first page: the browser knows what to do with it
  window.scrollTo(0, isNew ? 0 : (depths.get(entry) ?? 0));
  const main = document.querySelector<HTMLElement>("main");
  const title = main?.querySelector<HTMLElement>("h2") ?? main;
  const holder = document.activeElement?.closest("main, [aria-modal=true]");
  if (!title || (holder && holder !== document.activeElement)) return; // the page has put it somewhere itself
  title.tabIndex = -1;
  title.focus({ preventScroll: true });
}
