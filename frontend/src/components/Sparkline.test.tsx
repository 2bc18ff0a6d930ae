import { render, screen } from "@testing-library/react";
import { expect, test } from "vitest";
import { Sparkline } from "./Sparkline";

test("it is an image that says what it shows, and ends with the newest value", () => {
  render(<Sparkline label="battery, from 81 to 80" points={[{ at: 0, value: 81 }, { at: 1, value: 80 }]} />);
  const image = screen.getByRole("img", { name: "battery, from 81 to 80" });
  expect(image.querySelector("polyline")?.getAttribute("points")).toBe("3,3 157,33");
  expect(image.querySelector("circle")?.getAttribute("cy")).toBe("33");
});

test("without a value there is nothing to draw", () => {
  render(<Sparkline label="battery" points={[]} />);
  expect(screen.queryByRole("img")).toBeNull();
});
