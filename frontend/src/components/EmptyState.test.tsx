import { MantineProvider } from "@mantine/core";
import { render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, test, vi } from "vitest";
import { EmptyState } from "./EmptyState";

const LINE = `pub -t homeguard/devices -m '{"id":"door-1"}'`;
const show = () =>
  render(
    <MantineProvider>
      <EmptyState title="No devices yet" text="One comes with the first word of it." command={LINE} />
    </MantineProvider>,
  );

test("the line is copied", async () => {
  const user = userEvent.setup(); // with a clipboard of its own
  show();
  await user.click(screen.getByRole("button", { name: "Copy" }));
  expect(await navigator.clipboard.readText()).toBe(LINE);
  expect(screen.getByRole("button", { name: "Copied" })).toBeTruthy();
});

test("where there is no clipboard the line is selected", async () => {
  const user = userEvent.setup();
  vi.spyOn(navigator, "clipboard", "get").mockReturnValue(undefined as never);
  show();
  await user.click(screen.getByRole("button", { name: "Copy" }));
  expect(window.getSelection()?.toString()).toBe(LINE);
  expect(screen.getByRole("button", { name: /Selected/ })).toBeTruthy();
});
