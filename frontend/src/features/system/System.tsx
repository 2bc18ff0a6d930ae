// What an admin looks after: is everything well, what could not be read, who is connected, who may sign in, who did what, what runs.
import { Stack, Tabs, Title } from "@mantine/core";
import { lazy, Suspense } from "react";
import { useSearch } from "wouter";
import { navigate } from "../../lib/hash";
import { About } from "./About";
import { Clients } from "./Clients";
import { Health } from "./Health";
import { Rejects } from "./Rejects";
import { For, Waiting } from "./States";
import classes from "./System.module.css";
import { Users } from "./users/Users";

const Audit = lazy(() => import("./audit/Audit"));

const TABS = ["health", "rejects", "clients", "users", "audit", "about"] as const;
type Tab = (typeof TABS)[number];

const LABELS: Record<Tab, string> = {
  health: "Health", rejects: "Rejects", clients: "Clients", users: "Users", audit: "Audit", about: "About",
};

const tabOf = (search: string): Tab => TABS.find((tab) => tab === new URLSearchParams(search).get("tab")) ?? "health";

export default function System() {
  const tab = tabOf(useSearch());
  return (
    <Stack>
      <Title order={2}>System</Title>
      <Tabs value={tab} onChange={(next) => navigate(`/system?tab=${next}`, { replace: true })} keepMounted={false}>
        <Tabs.List className={classes.list} aria-label="Parts of the system">
          {TABS.map((one) => (
            <Tabs.Tab key={one} value={one} className={classes.tab}>
              {LABELS[one]}
            </Tabs.Tab>
          ))}
        </Tabs.List>
        <Tabs.Panel value={tab} pt="md">
          <Panel tab={tab} />
        </Tabs.Panel>
      </Tabs>
    </Stack>
  );
}

function Panel({ tab }: { tab: Tab }) {
  switch (tab) {
    case "health":
      return <Health />;
    case "rejects":
      return <For least="operator"><Rejects /></For>;
    case "clients":
      return <For least="operator"><Clients /></For>;
    case "users":
      return <For least="admin"><Users /></For>;
    case "audit":
      return (
        <For least="admin">
          <Suspense fallback={<Waiting label="Loading the audit" />}>
            <Audit />
          </Suspense>
        </For>
      );
    case "about":
      return <About />;
  }
}
