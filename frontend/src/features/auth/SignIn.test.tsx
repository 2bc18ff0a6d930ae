import { fireEvent, screen, waitFor } from "@testing-library/react";
import { userEvent } from "@testing-library/user-event";
import { beforeEach, expect, test, vi } from "vitest";
import { useAuthStore } from "../../stores/auth";
import { problem, renderPage, serve } from "../../test/page";
import { SignIn } from "./SignIn";

const LATER = { "GET api/auth/welcome": { first_start: false, password: null } };
const GRANTED = { access_token: "t", expires_at: "2099-01-01T00:00:00.000Z", user: { username: "ada", role: "viewer" } };
const name = () => screen.getByRole<HTMLInputElement>("textbox", { name: /User name/ });
const secret = () => screen.getByLabelText<HTMLInputElement>(/^Password/);

async function submit() {
  await userEvent.type(name(), "ada");
  await userEvent.type(secret(), "a wrong one");
  await userEvent.click(screen.getByRole("button", { name: "Sign in" }));
}

beforeEach(() => useAuthStore.setState({ status: "signed-out", accessToken: null, user: null, notice: null }));

test("who knows the password is let in", async () => {
  const asked = serve({ ...LATER, "POST api/auth/login": GRANTED });
  renderPage(<SignIn />);
  expect(document.activeElement).toBe(name());
  await submit();
  await waitFor(() => expect(useAuthStore.getState()).toMatchObject({ status: "signed-in", user: GRANTED.user }));
  expect(asked.at(-1)?.body).toEqual({ username: "ada", password: "a wrong one" });
});

test("what the server refused is said in its words, the name stays, and the password is typed over", async () => {
  serve({ ...LATER, "POST api/auth/login": () => problem(401, "the user name or the password is wrong") });
  renderPage(<SignIn />);
  await submit();
  expect((await screen.findByRole("alert")).textContent).toBe("The user name or the password is wrong");
  expect(name().value).toBe("ada");
  expect(document.activeElement).toBe(secret());
  expect(secret().selectionEnd).toBe("a wrong one".length);
});

test("a server that is busy says when to come again", async () => {
  serve({ ...LATER, "POST api/auth/login": () => problem(503, "too many passwords are being checked", { retryAfter: 5 }) });
  renderPage(<SignIn />);
  await submit();
  const alert = await screen.findByRole("alert");
  expect(alert.textContent).toBe("Too many passwords are being checked. Try again in 5 seconds.");
});

test("who has tried too often waits, and sees how long; somebody else need not", async () => {
  const asked = serve({ ...LATER, "POST api/auth/login": () => problem(429, "too many attempts to sign in", { retryAfter: 2 }) });
  renderPage(<SignIn />);
  await submit();
  expect((await screen.findByRole("alert")).textContent).toBe("Too many attempts to sign in. Try again in 2 seconds.");
  const button = screen.getByRole<HTMLButtonElement>("button", { name: /^Sign in \(in \d s\)$/ });
  expect(button.disabled).toBe(true);
  await userEvent.type(secret(), "{Enter}");
  expect(asked.filter(({ method }) => method === "POST")).toHaveLength(1);
  await userEvent.type(name(), "-2");
  expect(screen.getByRole<HTMLButtonElement>("button", { name: "Sign in" }).disabled).toBe(false);
  await userEvent.type(name(), "{Backspace}{Backspace}");
  expect(await screen.findByText("You may try again now.")).toBeTruthy();
  expect(screen.getByRole<HTMLButtonElement>("button", { name: "Sign in" }).disabled).toBe(false);
});

test("where nobody answers, that is said", async () => {
  vi.spyOn(window, "fetch").mockRejectedValue(new TypeError("Failed to fetch"));
  renderPage(<SignIn />);
  await submit();
  expect((await screen.findByRole("alert")).textContent).toBe("HomeGuard does not answer");
});

test("why somebody has to sign in again is said", () => {
  serve(LATER);
  useAuthStore.getState().signedOut("Your session has ended. Sign in again.");
  renderPage(<SignIn />);
  expect(screen.getByRole("alert").textContent).toContain("Your session has ended");
});

test("a password can be shown, and Caps Lock is told", async () => {
  serve(LATER);
  renderPage(<SignIn />);
  await userEvent.click(screen.getByRole("button", { name: "Show the password" }));
  expect(secret().type).toBe("text");
  fireEvent.keyDown(secret(), { key: "A", modifierCapsLock: true });
  expect(screen.getByText("Caps Lock is on").tagName).toBe("OUTPUT");
});

test.each([
  ["printed", /look for the line that begins with “Sign in”/],
  ["set", /HOMEGUARD_ADMIN_PASSWORD/],
])("the first start says where the password is: %s", async (password, words) => {
  serve({ "GET api/auth/welcome": { first_start: true, password } });
  renderPage(<SignIn />);
  expect((await screen.findByRole("heading", { name: "The first time here?" })).parentElement?.textContent).toMatch(words);
});
