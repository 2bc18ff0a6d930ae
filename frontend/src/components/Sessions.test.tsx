import { screen, waitFor, within } from "@testing-library/react";
import { userEvent } from "@testing-library/user-event";
import { beforeEach, expect, test } from "vitest";
import { type Asked, problem, renderPage, serve, signInAs } from "../test/page";
import Sessions from "./Sessions";

const session = (id: string, more: object = {}) => ({
  id, username: "ada", created_at: "2026-11-23T20:00:00.000Z", seen_at: new Date().toISOString(), expires_at: "2099-01-01T00:00:00.000Z",
  client: "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0", address: "192.168.1.4", current: false, ...more,
});

const ended = (asked: readonly Asked[]) => asked.filter(({ method }) => method === "DELETE").map(({ path }) => path.split("/").at(-1));

/** A server that has these sessions, in pages of two, and forgets those that are ended. */
function has(...sessions: ReturnType<typeof session>[]) {
  const list = new Map(sessions.map((one) => [one.id, one]));
  const gone = ({ path }: Asked) => {
    list.delete(path.split("/").at(-1) ?? "");
    return new Response(null, { status: 204 });
  };
  return serve({
    "GET api/sessions": ({ query }) => {
      const all = [...list.values()].filter(({ id }) => id > (query.get("before") ?? ""));
      return { items: all.slice(0, 2), next: all.length > 2 ? all[1]?.id : null };
    },
    ...Object.fromEntries(sessions.map(({ id }) => [`DELETE api/sessions/${id}`, gone])),
  });
}

beforeEach(() => signInAs("admin", "ada"));

const show = (username = "ada") => renderPage(<Sessions username={username} isOneself={username === "ada"} onClose={() => undefined} />);
const lines = () => within(screen.getByRole("list", { name: "Sessions" })).getAllByRole("listitem");

test("each says by what, from where and since when; this one is marked, and is not ended here", async () => {
  const asked = has(session("a", { current: true }), session("b", { client: "homeguard token", address: null }));
  show();
  await screen.findByRole("list", { name: "Sessions" });
  expect(lines().map(({ textContent }) => textContent)).toEqual([
    expect.stringMatching(/^Firefox 128 on LinuxThis oneFrom 192\.168\.1\.4, last seen just now, since /),
    expect.stringMatching(/^homeguard tokenNot used yet/),
  ]);
  expect(within(lines()[0] as HTMLElement).queryByRole("button")).toBeNull();
  expect(asked[0]?.query.get("username")).toBe("ada"); // an admin is told of everybody where nobody is named
});

test("one is ended, and is gone from the list", async () => {
  const asked = has(session("a", { current: true }), session("b", { client: "curl/8.5.0" }));
  show();
  await userEvent.click(await screen.findByRole("button", { name: "Sign out curl 8.5.0" }));
  await waitFor(() => expect(lines()).toHaveLength(1));
  expect(ended(asked)).toEqual(["b"]);
});

test("all others are ended, also those that are not on the first page", async () => {
  const asked = has(session("a", { current: true }), session("b"), session("c"), session("d"));
  show();
  await userEvent.click(await screen.findByRole("button", { name: "Sign out all others" }));
  await waitFor(() => expect(ended(asked)).toEqual(["b", "c", "d"]));
});

test("one that has ended by itself is no error, another refusal is said", async () => {
  let status = 404;
  const asked = serve({
    "GET api/sessions": { items: [session("a", { current: true }), session("b")], next: null },
    "DELETE api/sessions/b": () => problem(status, "the storage is away"),
  });
  show();
  await userEvent.click(await screen.findByRole("button", { name: "Sign out Firefox 128 on Linux" }));
  await waitFor(() => expect(ended(asked)).toEqual(["b"]));
  status = 503;
  await waitFor(() => expect(screen.getByRole<HTMLButtonElement>("button", { name: /Linux/ }).disabled).toBe(false));
  expect(screen.queryByRole("alert")).toBeNull();
  await userEvent.click(screen.getByRole("button", { name: "Sign out Firefox 128 on Linux" }));
  expect((await screen.findByRole("alert")).textContent).toBe("The storage is away");
});

test("an admin sees where a user is signed in, or that it is nowhere", async () => {
  serve({ "GET api/sessions": { items: [], next: null } });
  show("bob");
  expect(await screen.findByText("Nowhere: bob is not signed in.")).toBeTruthy();
  expect(screen.getByRole("dialog", { name: "Where bob is signed in" })).toBeTruthy();
});

test("who came with a token of another's is told why nothing is listed", async () => {
  serve({ "GET api/sessions": { items: [], next: null } });
  show();
  expect(await screen.findByText(/token of your identity provider/)).toBeTruthy();
});
