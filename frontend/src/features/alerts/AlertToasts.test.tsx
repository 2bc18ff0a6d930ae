import { act, screen } from "@testing-library/react";
import { userEvent } from "@testing-library/user-event";
import { beforeEach, expect, test, vi } from "vitest";
import { Toasts } from "../../components/Toasts";
import { useAlertsStore } from "../../stores/alerts";
import { useToastsStore } from "../../stores/toasts";
import { renderPage } from "../../test/page";
import { AlertToasts } from "./AlertToasts";
import { alertOf, frameOf } from "./fixtures";

const fresh = (seq: number, reason: string) => ({ ...alertOf(seq, { reason }), at: new Date().toISOString() });
const arrive = (...reasons: string[]) =>
  act(() => {
    const last = useAlertsStore.getState().recent[0]?.seq ?? 0;
    useAlertsStore.getState().apply(reasons.map((reason, index) => frameOf(fresh(last + index + 1, reason))));
  });

function hide(isHidden: boolean) {
  vi.spyOn(document, "hidden", "get").mockReturnValue(isHidden);
  act(() => void document.dispatchEvent(new Event("visibilitychange")));
}

beforeEach(() => {
  useAlertsStore.getState().reset();
  useToastsStore.getState().clear();
  renderPage(<><AlertToasts /><Toasts /></>);
});

test("a new alert pops up, and a click opens it", async () => {
  arrive("Port scan");
  await userEvent.click(screen.getByRole("link", { name: "New alert: Port scan" }));
  expect(window.location.hash).toBe("#/alerts?alert=e-1");
  expect(screen.queryByText("New alert: Port scan")).toBeNull();
});

test("at most three at once, and how many more there were", () => {
  arrive(...Array.from({ length: 15 }, (_, index) => `reason ${index}`));
  expect(screen.getAllByText(/^New alert: reason/)).toHaveLength(3);
  expect(screen.getByText("12 more")).toBeTruthy();
});

test("the same again is counted on the one that is shown", () => {
  arrive("Port scan", "Port scan");
  arrive("Port scan");
  expect(screen.getAllByText(/^New alert/)).toHaveLength(1);
  expect(screen.getByText(/×3/)).toBeTruthy();
});

test("neither what history tells nor what waited for long pops up", () => {
  act(() => useAlertsStore.getState().load([fresh(1, "of history")]));
  act(() => useAlertsStore.getState().apply([frameOf(alertOf(2, { reason: "of last year" }))]));
  expect(screen.queryByText(/^New alert/)).toBeNull();
});

test("what came while the page was hidden is told as a number", () => {
  hide(true);
  arrive(...Array.from({ length: 30 }, (_, index) => `reason ${index}`));
  arrive("one", "two", "three", "four");
  expect(screen.queryByText(/alert/i)).toBeNull();
  hide(false);
  expect(screen.getByText("34 alerts while you were away")).toBeTruthy();
  expect(screen.queryByText(/^New alert/)).toBeNull();
});
