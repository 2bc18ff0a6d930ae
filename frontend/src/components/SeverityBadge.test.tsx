import { MantineProvider } from "@mantine/core";
import { render, screen } from "@testing-library/react";
import { expect, test } from "vitest";
import { SEVERITIES } from "../lib/api/types";
import { SeverityBadge } from "./SeverityBadge";

test("each severity is told by its word and by a shape of its own, not by the colour alone", () => {
  const { container } = render(
    <MantineProvider>
      {SEVERITIES.map((severity) => (
        <SeverityBadge key={severity} severity={severity} />
      ))}
    </MantineProvider>,
  );
  for (const word of ["Info", "Low", "Medium", "High", "Critical"]) expect(screen.getByText(word)).toBeTruthy();
  const shapes = [...container.querySelectorAll("svg")].map((svg) => svg.innerHTML);
  expect(new Set(shapes).size).toBe(SEVERITIES.length);
});
