import { MantineProvider } from "@mantine/core";
import { render, screen } from "@testing-library/react";
import { expect, test } from "vitest";
import type { Block } from "../lib/api/types";
import { BlockBadge } from "./BlockBadge";

test.each<[Block["state"], string]>([
  ["none", "Not blocked"],
  ["pending", "Blocking…"],
  ["enforced", "Blocked"],
  ["partial", "Partly blocked"],
  ["failed", "Block failed"],
  ["releasing", "Unblocking…"],
])("%s reads %s", (state, words) => {
  render(
    <MantineProvider>
      <BlockBadge block={{ state }} />
    </MantineProvider>,
  );
  expect(screen.getByText(words)).toBeTruthy();
});
