import { MantineProvider } from "@mantine/core";
import { render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { beforeEach, expect, test, vi } from "vitest";
import { loadable } from "./loadable";
import { Page } from "./Page";

const show = (page: ReturnType<typeof loadable>) => {
  render(
    <MantineProvider>
      <Page page={page} path="/" props={{}} />
    </MantineProvider>,
  );
};
const found = { default: () => <h2>There</h2> };

beforeEach(() => {
  vi.spyOn(console, "error").mockReturnValue(); // React tells what a boundary has caught
});

test("a page whose code does not come says so, and comes when it is asked for again", async () => {
  const load = vi.fn<() => Promise<typeof found>>().mockRejectedValueOnce(new TypeError("Failed to fetch")).mockResolvedValue(found);
  show(loadable(load));
  expect((await screen.findByRole("alert")).textContent).toContain("HomeGuard does not answer, or it was updated");
  expect(screen.getByRole("button", { name: "Reload the dashboard" })).toBeTruthy();
  await userEvent.click(screen.getByRole("button", { name: "Try again" }));
  expect(await screen.findByRole("heading", { name: "There" })).toBeTruthy();
});

const failing = () => {
  throw new Error("no such field: block");
};

test("a page that fails says what failed", async () => {
  show(loadable(async () => ({ default: failing })));
  expect((await screen.findByRole("alert")).textContent).toContain("no such field: block");
});
