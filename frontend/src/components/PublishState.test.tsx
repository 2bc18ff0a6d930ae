import { screen } from "@testing-library/react";
import { expect, test } from "vitest";
import { renderPage, serve } from "../test/page";
import { PublishState } from "./PublishState";

const state = <PublishState title="No alerts yet" text="Publish one." topic="alerts" payload='{"reason":"x"}' />;

test("the line is the one that works where this server runs", async () => {
  serve({ "GET api/about": { publish_command: 'mosquitto_pub -p 18883 -P "$(cat /data/p)" -q 1', topic_prefix: "home" } });
  renderPage(state);
  expect(await screen.findByText(`mosquitto_pub -p 18883 -P "$(cat /data/p)" -q 1 -t home/alerts -m '{"reason":"x"}'`)).toBeTruthy();
  expect(screen.getByText(/on the machine where HomeGuard runs/)).toBeTruthy();
});

test("at a broker of one's own the line says what to fill in", async () => {
  serve({ "GET api/about": { publish_command: null, topic_prefix: "home" } });
  renderPage(state);
  expect(await screen.findByText(/^mosquitto_pub -h BROKER -u USER -P PASSWORD -q 1 -t home\/alerts/)).toBeTruthy();
});
