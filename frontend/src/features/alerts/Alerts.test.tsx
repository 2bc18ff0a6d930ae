import { act, fireEvent, screen, waitFor, within } from "@testing-library/react";
import { userEvent } from "@testing-library/user-event";
import { beforeEach, expect, test, vi } from "vitest";
import type { Alert } from "../../lib/api/types";
import { navigate } from "../../lib/hash";
import { useAlertsStore } from "../../stores/alerts";
import { useToastsStore } from "../../stores/toasts";
import { type Asked, problem, renderPage, serve, signInAs } from "../../test/page";
import Alerts from "./Alerts";
import { alertOf, frameOf } from "./fixtures";

/** A server that has these, in pages of two. */
const listing = (all: readonly Alert[]) => ({
  "GET api/alerts": ({ query }: Asked) => {
    const before = Number(query.get("before") ?? Infinity);
    const older = all.filter((one) => one.seq < before);
    const items = older.slice(0, 2);
    return { items, next: older.length > 2 ? (items.at(-1)?.seq ?? null) : null };
  },
});

const different = (seq: number, by: string | null = null) => alertOf(seq, { reason: `reason ${seq}` }, by);
const reasons = () => screen.getAllByRole("listitem").map((row) => within(row).getByText(/^reason \d+$/).textContent);
const acknowledgeButton = () => screen.findByRole<HTMLButtonElement>("button", { name: "Acknowledge reason 1" });
const arrive = (...seqs: number[]) => act(() => useAlertsStore.getState().apply(seqs.map((seq) => frameOf(different(seq)))));

function scrollTo(top: number) {
  Object.defineProperty(window, "scrollY", { value: top, configurable: true });
  fireEvent.scroll(window);
}

beforeEach(() => {
  useAlertsStore.getState().reset();
  useToastsStore.getState().clear();
  vi.spyOn(window, "scrollTo").mockImplementation(() => scrollTo(0));
  scrollTo(0);
  navigate("/alerts", { replace: true });
  signInAs("operator");
});

test("all of history follows what came live, each once", async () => {
  serve(listing([5, 4, 3, 2, 1].map((seq) => different(seq))));
  useAlertsStore.getState().apply([5, 6].map((seq) => frameOf(different(seq))));
  renderPage(<Alerts />);
  await waitFor(() => expect(reasons()).toEqual([6, 5, 4, 3, 2, 1].map((seq) => `reason ${seq}`)));
  expect(await screen.findByText("These are all.")).toBeTruthy();
});

test("what came between the first page and the socket is read, and no hole is shown", async () => {
  let all = [2, 1].map((seq) => different(seq));
  serve({ "GET api/alerts": (asked: Asked) => listing(all)["GET api/alerts"](asked) });
  renderPage(<Alerts />);
  await waitFor(() => expect(reasons()).toHaveLength(2));
  all = [4, 3, 2, 1].map((seq) => different(seq)); // 3 came before the socket, which begins with 4
  arrive(4);
  await waitFor(() => expect(reasons()).toEqual([4, 3, 2, 1].map((seq) => `reason ${seq}`)));
});

test("while somebody has scrolled away the list stands still, and the pill counts what passes the filters", async () => {
  navigate("/alerts?severity=high", { replace: true });
  serve(listing([different(1)]));
  renderPage(<Alerts />);
  await waitFor(() => expect(reasons()).toEqual(["reason 1"]));
  arrive(2);
  await waitFor(() => expect(reasons()).toEqual(["reason 2", "reason 1"]));
  scrollTo(500);
  arrive(3, 4);
  act(() => useAlertsStore.getState().apply([frameOf(alertOf(5, { severity: "low" }))]));
  expect(reasons()).toEqual(["reason 2", "reason 1"]);
  await userEvent.click(screen.getByRole("button", { name: "2 new" }));
  expect(reasons()).toEqual([4, 3, 2, 1].map((seq) => `reason ${seq}`));
  expect(screen.queryByRole("button", { name: /new$/ })).toBeNull();
});

test("the server is asked for what the route says, and what is searched for stands in the route", async () => {
  navigate("/alerts?severity=high&device=cam-1&state=open", { replace: true });
  const asked = serve(listing([]));
  renderPage(<Alerts />);
  await screen.findByText("No alert matches");
  expect(Object.fromEntries(asked[0]?.query ?? [])).toEqual({ severity: "high", device_id: "cam-1", acknowledged: "false", limit: "100" });
  await userEvent.type(screen.getByRole("searchbox"), "scan");
  await waitFor(() => expect(asked.at(-1)?.query.get("q")).toBe("scan"));
  expect(window.location.hash).toBe("#/alerts?severity=high&device=cam-1&state=open&q=scan");
  await userEvent.click(await screen.findByRole("button", { name: "Clear filters" }));
  expect(window.location.hash).toBe("#/alerts");
  expect(screen.getByRole<HTMLInputElement>("searchbox").value).toBe("");
});

test("a home without alerts says how to make one", async () => {
  serve(listing([]));
  renderPage(<Alerts />);
  expect(await screen.findByText("No alerts yet")).toBeTruthy();
  expect(await screen.findByText(/^mosquitto_pub .*-t homeguard\/alerts/)).toBeTruthy();
});

test("several are acknowledged at once, and nothing is shown as seen before the server says so", async () => {
  const waiting: ((answer: Response) => void)[] = [];
  const asked = serve(listing([2, 1].map((seq) => different(seq))));
  const fetched = vi.mocked(window.fetch).getMockImplementation();
  renderPage(<Alerts />);
  await userEvent.click(await screen.findByRole("checkbox", { name: "Select all open alerts loaded so far (2)" }));
  vi.spyOn(window, "fetch").mockImplementation((input, init) => {
    void fetched?.(input, init);
    return new Promise((resolve) => waiting.push(resolve));
  });
  const bar = screen.getByRole("region", { name: "Selected alerts" });
  await userEvent.click(within(bar).getByRole("button", { name: "Acknowledge 2" }));
  expect(asked.at(-1)).toMatchObject({ method: "POST", path: "api/alerts/acknowledge", body: { ids: ["e-2", "e-1"] } });
  expect(screen.queryByText(/Acknowledged by/)).toBeNull();
  await act(async () => waiting[0]?.(Response.json({ items: [different(2, "ada"), different(1, "ada")], missing: [] })));
  expect(await screen.findAllByText(/Acknowledged by/)).toHaveLength(2);
  expect(screen.queryByRole("region", { name: "Selected alerts" })).toBeNull();
});

test("what was refused is said, and can be tried again", async () => {
  serve({ ...listing([different(1)]), "POST api/alerts/acknowledge": () => problem(503, "storage is away") });
  renderPage(<Alerts />);
  await userEvent.click(await acknowledgeButton());
  await waitFor(() => expect(useToastsStore.getState().shown[0]).toMatchObject({ title: "Not acknowledged", message: "storage is away" }));
  expect((await acknowledgeButton()).disabled).toBe(false);
});

test("those that say the same are one row, acknowledged in one go", async () => {
  const all = [2, 1].map((seq) => alertOf(seq));
  const asked = serve({ ...listing(all), "POST api/alerts/acknowledge": { items: [], missing: [] } });
  renderPage(<Alerts />);
  const unfold = await screen.findByRole("button", { name: "Unfold 2 alerts of the same" });
  expect(screen.getAllByRole("listitem")).toHaveLength(1);
  await userEvent.click(unfold);
  expect(screen.getAllByRole("listitem")).toHaveLength(3);
  await userEvent.click(screen.getByRole("button", { name: "Acknowledge 2 alerts: Port scan" }));
  expect(asked.at(-1)?.body).toEqual({ ids: ["e-2", "e-1"] });
});

test("what another screen has acknowledged shows here, also on an alert of history", async () => {
  serve(listing([different(1)]));
  renderPage(<Alerts />);
  await waitFor(() => expect(reasons()).toEqual(["reason 1"]));
  const data = { alert_id: "e-1", by: "bob" };
  act(() => useAlertsStore.getState().apply([{ type: "alert_acknowledged", channel: "alerts", seq: 9, prev: 8, id: "e-9", at: alertOf(9).at, data }]));
  expect(screen.getByText("bob")).toBeTruthy();
  expect(screen.queryByRole("button", { name: /Acknowledge/ })).toBeNull();
});

test("a viewer reads, and is offered nothing that would be refused", async () => {
  signInAs("viewer");
  serve(listing([different(1)]));
  renderPage(<Alerts />);
  await waitFor(() => expect(reasons()).toEqual(["reason 1"]));
  expect(screen.queryByRole("checkbox")).toBeNull();
  expect(screen.queryByRole("button", { name: /Acknowledge/ })).toBeNull();
});

test("the arrows go from row to row, and a acknowledges the one in focus", async () => {
  const asked = serve({ ...listing([2, 1].map((seq) => different(seq))), "POST api/alerts/acknowledge": { items: [], missing: [] } });
  renderPage(<Alerts />);
  (await screen.findByRole("link", { name: "reason 2" })).focus();
  await userEvent.keyboard("{ArrowDown}");
  await waitFor(() => expect(document.activeElement?.textContent).toBe("reason 1"));
  await userEvent.keyboard("{ArrowDown}"); // the last one
  await userEvent.keyboard("a");
  await waitFor(() => expect(asked.at(-1)?.body).toEqual({ ids: ["e-1"] }));
});

test("who cannot be proved is marked, with an explanation for the keyboard too; what HomeGuard says is its own", async () => {
  serve(listing([alertOf(2, { verified: false }), alertOf(1, { category: "gap", raised_by: "homeguard", verified: false })]));
  renderPage(<Alerts />);
  const badge = await screen.findByRole("button", { name: "Unverified sender" });
  badge.focus();
  await userEvent.keyboard("{Enter}");
  expect(await screen.findByText(/operator account/)).toBeTruthy();
  expect(screen.getByText("From HomeGuard")).toBeTruthy();
});

test("where history cannot be read that is said, and it can be tried again", async () => {
  let isAway = true;
  serve({ "GET api/alerts": (asked: Asked) => (isAway ? problem(503, "storage is away") : listing([different(1)])["GET api/alerts"](asked)) });
  renderPage(<Alerts />);
  expect((await screen.findByRole("alert")).textContent).toMatch(/Storage is away/);
  isAway = false;
  await userEvent.click(screen.getByRole("button", { name: "Try again" }));
  await waitFor(() => expect(reasons()).toEqual(["reason 1"]));
});
