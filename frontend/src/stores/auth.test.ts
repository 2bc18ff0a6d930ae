import { expect, test } from "vitest";
import { useAuthStore } from "./auth";

const { signedIn, signedOut } = useAuthStore.getState();
const ada = { username: "ada", role: "viewer" as const, channels: ["alerts" as const, "devices" as const] };
const answer = { access_token: "t", expires_at: "2099-01-01T00:00:00.000Z", user: ada };
const notice = () => useAuthStore.getState().notice;

test("why a session ended outlives what fails after it", () => {
  signedIn(answer);
  signedOut("Your password has been changed.");
  signedOut();
  expect(notice()).toBe("Your password has been changed.");
});

test("who signs in and out by themselves is told nothing", () => {
  signedOut("Your session has ended.");
  signedIn(answer);
  signedOut();
  expect(notice()).toBeNull();
});
