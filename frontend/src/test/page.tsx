// What tests of pages share: the frame that a component stands in, a server that answers, and who is signed in.
import { MantineProvider } from "@mantine/core";
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { render } from "@testing-library/react";
import type { ReactNode } from "react";
import { vi } from "vitest";
import { Router } from "wouter";
import { hashRouting } from "../lib/hash";
import type { Role } from "../lib/api/types";
import { useAuthStore } from "../stores/auth";

/** Render as the app does; transitions take no time, and nothing is asked twice. */
export function renderPage(page: ReactNode) {
  const queries = new QueryClient({ defaultOptions: { queries: { retry: false } } });
  return render(
    <MantineProvider env="test">
      <QueryClientProvider client={queries}>
        <Router {...hashRouting}>{page}</Router>
      </QueryClientProvider>
    </MantineProvider>,
  );
}

export interface Asked {
  method: string;
  path: string;
  query: URLSearchParams;
  body: unknown;
}

type Answer = object | ((asked: Asked) => object | Response);

/** Have `fetch` answer by "GET api/users"; returns what was asked, in order. What is not there is a 404. */
export function serve(answers: Record<string, Answer>): Asked[] {
  const all: Asked[] = [];
  vi.spyOn(window, "fetch").mockImplementation(async (input, init) => {
    const url = new URL(String(input));
    const body: unknown = typeof init?.body === "string" ? JSON.parse(init.body) : null;
    const asked = { method: init?.method ?? "GET", path: url.pathname.slice(1), query: url.searchParams, body };
    all.push(asked);
    const answer = answers[`${asked.method} ${asked.path}`];
    const given = typeof answer === "function" ? answer(asked) : (answer ?? problem(404, "there is no such thing"));
    return given instanceof Response ? given : Response.json(given);
  });
  return all;
}

/** Refuse as the server does. */
export function problem(status: number, detail: string, more: { field?: string; retryAfter?: number } = {}) {
  const errors = more.field === undefined ? [] : [{ field: more.field, message: detail }];
  const headers = { "Content-Type": "application/problem+json", ...(more.retryAfter ? { "Retry-After": `${more.retryAfter}` } : {}) };
  return new Response(JSON.stringify({ type: "urn:homeguard:problem:x", title: "No", status, detail, errors }), { status, headers });
}

export function signInAs(role: Role, username: string = role) {
  const expires_at = "2099-01-01T00:00:00.000Z";
  useAuthStore.getState().signedIn({ access_token: "a token", expires_at, user: { username, role, channels: ["alerts", "devices"] } });
}
