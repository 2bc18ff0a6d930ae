import { screen, waitFor } from "@testing-library/react";
import { userEvent } from "@testing-library/user-event";
import { beforeEach, expect, test } from "vitest";
import { Toasts } from "../../components/Toasts";
import { useAuthStore } from "../../stores/auth";
import { useToastsStore } from "../../stores/toasts";
import { problem, renderPage, serve, signInAs } from "../../test/page";
import { AccountButton } from "./AccountButton";

const CHANGE = "PATCH api/users/ada";

beforeEach(() => {
  useToastsStore.getState().clear();
  signInAs("viewer", "ada");
});

async function open() {
  renderPage(
    <>
      <AccountButton />
      <Toasts />
    </>,
  );
  await userEvent.click(screen.getByRole("button", { name: "Your account" }));
  return screen.findByRole("menu");
}

async function change(present: string, password: string) {
  await open();
  await userEvent.click(screen.getByRole("menuitem", { name: "Change password" }));
  await userEvent.type(await screen.findByLabelText(/^Present password/), present);
  await userEvent.type(screen.getByLabelText(/^New password/), password);
  await userEvent.click(screen.getByRole("button", { name: "Change password" }));
}

test("the first press loads the menu, opens it, and Escape gives the focus back", async () => {
  const menu = await open();
  expect(menu.textContent).toContain("ada (viewer)");
  await waitFor(() => expect(menu.contains(document.activeElement)).toBe(true));
  await userEvent.keyboard("{Escape}");
  await waitFor(() => expect(screen.queryByRole("menu")).toBeNull());
  expect(document.activeElement).toBe(screen.getByRole("button", { name: "Your account" }));
});

test("signing out ends the session", async () => {
  serve({ "POST api/auth/logout": {} });
  await open();
  await userEvent.click(screen.getByRole("menuitem", { name: "Sign out" }));
  await waitFor(() => expect(useAuthStore.getState()).toMatchObject({ status: "signed-out", accessToken: null }));
});

test("who could not be signed out is told so", async () => {
  serve({ "POST api/auth/logout": () => problem(503, "the storage is away") });
  await open();
  await userEvent.click(screen.getByRole("menuitem", { name: "Sign out" }));
  expect(await screen.findByText("You are still signed in")).toBeTruthy();
  expect(useAuthStore.getState().status).toBe("signed-in");
});

test("another password ends the session, and signing in says why", async () => {
  const asked = serve({ [CHANGE]: { username: "ada", role: "viewer", created_at: "2026-11-23T20:00:00.000Z" } });
  await change("the old one", "a much longer one");
  await waitFor(() => expect(useAuthStore.getState().status).toBe("signed-out"));
  expect(asked.at(-1)?.body).toEqual({ password: "a much longer one", current_password: "the old one" });
  expect(useAuthStore.getState().notice).toContain("Your password has been changed");
});

test("what is wrong with the new password stands at its field", async () => {
  serve({ [CHANGE]: () => problem(422, "the password needs at least 10 characters, not 5", { field: "password" }) });
  await change("the old one", "short");
  expect(await screen.findByText("the password needs at least 10 characters, not 5")).toBeTruthy();
  expect(screen.getByLabelText(/^New password/).getAttribute("aria-invalid")).toBe("true");
});

test("a wrong present password is said, and one stays signed in", async () => {
  serve({ [CHANGE]: () => problem(403, "the present password is wrong") });
  await change("a wrong one", "a much longer one");
  expect((await screen.findByRole("alert")).textContent).toBe("The present password is wrong");
  expect(useAuthStore.getState().status).toBe("signed-in");
});

test("a dialog that is left gives the focus back to the button of one's account", async () => {
  await open();
  await userEvent.click(screen.getByRole("menuitem", { name: "Change password" }));
  await screen.findByRole("dialog", { name: "Change your password" });
  await userEvent.keyboard("{Escape}");
  await waitFor(() => expect(screen.queryByRole("dialog")).toBeNull());
  expect(document.activeElement).toBe(screen.getByRole("button", { name: "Your account" }));
});
