import { screen, waitFor, within } from "@testing-library/react";
import { userEvent } from "@testing-library/user-event";
import { beforeEach, expect, test } from "vitest";
import { Toasts } from "../../../components/Toasts";
import { useAuthStore } from "../../../stores/auth";
import { useToastsStore } from "../../../stores/toasts";
import { problem, renderPage, serve, signInAs } from "../../../test/page";
import { Users } from "./Users";

const user = (username: string, role: string) => ({ username, role, channels: ["alerts", "devices"], created_at: "2026-11-23T20:00:00.000Z" });
const LIST = { "GET api/users": { items: [user("ada", "admin"), user("bob", "viewer")], next: null } };

beforeEach(() => {
  useToastsStore.getState().clear();
  signInAs("admin", "ada");
});

const show = () =>
  renderPage(
    <>
      <Users />
      <Toasts />
    </>,
  );

async function choose(username: string, item: string) {
  await userEvent.click(await screen.findByRole("button", { name: `Change ${username}` }));
  await userEvent.click(await screen.findByRole("menuitem", { name: item }));
  return within(await screen.findByRole("dialog"));
}

test("the list marks oneself", async () => {
  serve(LIST);
  show();
  expect((await screen.findByRole("row", { name: /^ada/ })).textContent).toMatch(/^adaYouadminalerts, devices/);
  expect(screen.getByRole("row", { name: /^bob/ }).textContent).toMatch(/^bobviewer/);
});

test("where it cannot be read that is said, and Retry reads it", async () => {
  let isThere = false;
  serve({ "GET api/users": () => (isThere ? LIST["GET api/users"] : problem(503, "the storage is away")) });
  show();
  await screen.findByText("The storage is away");
  isThere = true;
  await userEvent.click(screen.getByRole("button", { name: "Retry" }));
  expect(await screen.findByRole("row", { name: /^bob/ })).toBeTruthy();
});

test("a user is added, and the list is read anew", async () => {
  const items = [user("ada", "admin")];
  const asked = serve({
    "GET api/users": () => ({ items: [...items], next: null }),
    "POST api/users": () => {
      items.push(user("grandma", "operator"));
      return Response.json(user("grandma", "operator"), { status: 201 });
    },
  });
  show();
  await userEvent.click(await screen.findByRole("button", { name: "Add a user" }));
  const dialog = within(await screen.findByRole("dialog", { name: "Add a user" }));
  expect(dialog.getByText(/^At least 10 characters, and not the user name/)).toBeTruthy();
  await userEvent.type(dialog.getByLabelText(/^User name/), "Grandma");
  await userEvent.type(dialog.getByLabelText(/^Password/), "knits every day");
  await userEvent.click(dialog.getByLabelText("operator"));
  await userEvent.click(dialog.getByRole("checkbox", { name: "devices" }));
  await userEvent.click(dialog.getByRole("button", { name: "Add user" }));
  expect(await screen.findByRole("row", { name: /^grandma/ })).toBeTruthy();
  expect(asked.find(({ method }) => method === "POST")?.body).toEqual({
    username: "grandma", password: "knits every day", role: "operator", channels: ["alerts"],
  });
  expect(screen.getByText("grandma may sign in now")).toBeTruthy();
  await waitFor(() => expect(screen.queryByRole("dialog")).toBeNull());
  expect(document.activeElement).toBe(screen.getByRole("button", { name: "Add a user" }));
});

test("what the server refuses of a new user stands at its field, and the form stays", async () => {
  serve({ ...LIST, "POST api/users": () => problem(409, "there is a user 'bob' already", { field: "username" }) });
  show();
  await userEvent.click(await screen.findByRole("button", { name: "Add a user" }));
  const dialog = within(await screen.findByRole("dialog"));
  await userEvent.type(dialog.getByLabelText(/^User name/), "bob");
  await userEvent.type(dialog.getByLabelText(/^Password/), "knits every day");
  await userEvent.click(dialog.getByRole("button", { name: "Add user" }));
  expect(await dialog.findByText("there is a user 'bob' already")).toBeTruthy();
  expect(dialog.getByLabelText<HTMLInputElement>(/^User name/).value).toBe("bob");
});

test("another role is said to sign the user out, before it does", async () => {
  const asked = serve({ ...LIST, "PATCH api/users/bob": user("bob", "operator") });
  show();
  const dialog = await choose("bob", "Change rights");
  expect(dialog.getByText("This signs bob out everywhere.")).toBeTruthy();
  expect(dialog.getByRole<HTMLButtonElement>("button", { name: "Change rights" }).disabled).toBe(true);
  await userEvent.click(dialog.getByLabelText("operator"));
  await userEvent.click(dialog.getByRole("button", { name: "Change rights" }));
  expect(await screen.findByText("bob is operator now, and reads alerts and devices")).toBeTruthy();
  expect(asked.find(({ method }) => method === "PATCH")?.body).toEqual({ role: "operator", channels: ["alerts", "devices"] });
});

test("the last admin stays, in the server's words", async () => {
  serve({ ...LIST, "DELETE api/users/ada": () => problem(409, "ada is the last admin: make another user admin first") });
  show();
  const dialog = await choose("ada", "Remove");
  expect(dialog.getByText(/^This is you/)).toBeTruthy();
  await userEvent.click(dialog.getByRole("button", { name: "Remove" }));
  expect((await dialog.findByRole("alert")).textContent).toBe("Ada is the last admin: make another user admin first");
});

test("who takes the role from oneself has to sign in again, and is told why", async () => {
  serve({ ...LIST, "PATCH api/users/ada": user("ada", "viewer") });
  show();
  const dialog = await choose("ada", "Change rights");
  await userEvent.click(dialog.getByLabelText("viewer"));
  await userEvent.click(dialog.getByRole("button", { name: "Change rights" }));
  await waitFor(() => expect(useAuthStore.getState().notice).toBe("What you may do has been changed. Sign in again."));
});

test("somebody else's password can be set, one's own is changed in the account menu", async () => {
  const asked = serve({ ...LIST, "PATCH api/users/bob": user("bob", "viewer") });
  show();
  await userEvent.click(await screen.findByRole("button", { name: "Change ada" }));
  await screen.findByRole("menuitem", { name: "Change rights" });
  expect(screen.queryByRole("menuitem", { name: "Set password" })).toBeNull();
  await userEvent.keyboard("{Escape}");
  const dialog = await choose("bob", "Set password");
  await userEvent.type(dialog.getByLabelText(/^New password/), "a much longer one");
  await userEvent.click(dialog.getByRole("button", { name: "Set password" }));
  expect(await screen.findByText("bob has a new password")).toBeTruthy();
  expect(asked.find(({ method }) => method === "PATCH")?.body).toEqual({ password: "a much longer one" });
});

test("a dialog that is left changes nothing, and gives the focus back", async () => {
  const asked = serve(LIST);
  show();
  await choose("bob", "Remove");
  await userEvent.keyboard("{Escape}");
  await waitFor(() => expect(screen.queryByRole("dialog")).toBeNull());
  expect(document.activeElement).toBe(screen.getByRole("button", { name: "Change bob" }));
  expect(asked.every(({ method }) => method === "GET")).toBe(true);
});

test("a user is removed after a question", async () => {
  const asked = serve({ ...LIST, "DELETE api/users/bob": () => new Response(null, { status: 204 }) });
  show();
  const dialog = await choose("bob", "Remove");
  expect(asked.some(({ method }) => method === "DELETE")).toBe(false);
  await userEvent.click(dialog.getByRole("button", { name: "Remove" }));
  expect(await screen.findByText("bob was removed")).toBeTruthy();
});

test("a user is left one channel to read, and not none", async () => {
  const asked = serve({ ...LIST, "PATCH api/users/bob": user("bob", "viewer") });
  show();
  const dialog = await choose("bob", "Change rights");
  const [alerts, devices] = ["alerts", "devices"].map((name) => dialog.getByRole("checkbox", { name }));
  const action = dialog.getByRole<HTMLButtonElement>("button", { name: "Change rights" });
  await userEvent.click(alerts as HTMLElement);
  await userEvent.click(devices as HTMLElement);
  expect(dialog.getByText("At least one of both")).toBeTruthy();
  expect(action.disabled).toBe(true);
  await userEvent.click(devices as HTMLElement);
  await userEvent.click(action);
  expect(await screen.findByText("bob is viewer now, and reads devices")).toBeTruthy();
  expect(asked.find(({ method }) => method === "PATCH")?.body).toEqual({ role: "viewer", channels: ["devices"] });
});

test("an admin sees where a user is signed in", async () => {
  serve({ ...LIST, "GET api/sessions": { items: [], next: null } });
  show();
  const dialog = await choose("bob", "Where signed in");
  expect(await dialog.findByText("Nowhere: bob is not signed in.")).toBeTruthy();
});
