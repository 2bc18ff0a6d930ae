import { afterEach, expect, test } from "vitest";
import { navigate } from "./hash";

afterEach(() => navigate("/", { replace: true }));

test("a route with its query stands behind the #", () => {
  navigate("/alerts?severity=high");
  expect(window.location.hash).toBe("#/alerts?severity=high");
});

test("replacing leaves no step to go back to, and tells who listens", () => {
  const steps = window.history.length;
  let told = 0;
  const listen = () => told++;
  window.addEventListener("hashchange", listen);
  navigate("/alerts?severity=low", { replace: true });
  window.removeEventListener("hashchange", listen);
  expect(window.location.hash).toBe("#/alerts?severity=low");
  expect(window.history.length).toBe(steps);
  expect(told).toBe(1);
});
