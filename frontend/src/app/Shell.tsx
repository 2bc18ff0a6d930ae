// The frame around every page: where one is, how fresh it is, who one is.
import { Group, Title } from "@mantine/core";
import type { ReactNode } from "react";
import { HealthBanner } from "../components/HealthBanner";
import { LiveBadge } from "../components/LiveBadge";
import { AccountButton } from "../features/auth/AccountButton";
import { useFreshStats, useUnacknowledged } from "../features/overview/stats";
import { Brand } from "./Brand";
import { PageKeys } from "./PageKeys";
import { Places } from "./Places";
import { SchemeToggle } from "./SchemeToggle";
import classes from "./Shell.module.css";
import { usePageTitle } from "./title";

export function Shell({ children }: { children: ReactNode }) {
  useFreshStats();
  return (
    <div className={classes.frame}>
      <SkipLink />
      <header className={classes.header}>
        <Group gap="xs" wrap="nowrap">
          <Brand />
          <Title order={1} size="h4" className={classes.name}>
            HomeGuard
          </Title>
        </Group>
        <Group gap="xs" wrap="nowrap">
          <LiveBadge />
          <SchemeToggle />
          <AccountButton />
        </Group>
      </header>
      <Around />
      <main className={classes.main} id="content" tabIndex={-1}>
        <HealthBanner />
        {children}
      </main>
    </div>
  );
}

/** What shows how many alerts wait, apart from the page, which need not be drawn again for it. */
function Around() {
  const waiting = useUnacknowledged();
  usePageTitle(waiting);
  return (
    <nav className={classes.places} aria-label="Pages">
      <Places waiting={waiting} />
      <PageKeys />
    </nav>
  );
}

// A link to `#content` would be a route.
function SkipLink() {
  return (
    <button type="button" className={classes.skip} onClick={() => document.querySelector<HTMLElement>("#content")?.focus()}>
      Skip to the page
    </button>
  );
}
