// The whole page in a test, signed in, with a server that answers what the test says and nothing else.
import { render } from "@testing-library/react";
import { vi } from "vitest";
import { App } from "../app/App";
import { queryClient } from "../app/query";
import type { Channel } from "../lib/api/types";
import { useAuthStore } from "../stores/auth";

/** Show the page; `answers` are by path ("api/stats"), whatever the query. What is not in them is 404. */
export function renderApp(answers: Readonly<Record<string, unknown>> = {}, channels: Channel[] = ["alerts", "devices"]) {
  queryClient.clear();
  vi.stubGlobal("fetch", async (url: URL) => {
    const answer = answers[url.pathname.replace(/^\//, "")];
    return answer === undefined ? Response.json({ title: "Not Found" }, { status: 404 }) : Response.json(answer);
  });
  useAuthStore.setState({ status: "signed-in", accessToken: "token", user: { username: "ada", role: "admin", channels } });
  return render(<App />);
}
