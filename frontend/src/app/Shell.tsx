// The frame around every page: where one is, how fresh it is, who one is.
import { ActionIcon, Group, NavLink, Title, useMantineColorScheme } from "@mantine/core";
import { IconBell, IconDevices, IconHome, IconMoonStars, IconSettings } from "@tabler/icons-react";
import type { ReactNode } from "react";
import { Link, useLocation } from "wouter";
import { LiveBadge } from "../components/LiveBadge";
import { AccountButton } from "../features/auth/AccountButton";
import classes from "./Shell.module.css";

const PLACES = [
  { path: "/", label: "Overview", Icon: IconHome },
  { path: "/devices", label: "Devices", Icon: IconDevices },
  { path: "/alerts", label: "Alerts", Icon: IconBell },
  { path: "/system", label: "System", Icon: IconSettings },
] as const;

export function Shell({ children }: { children: ReactNode }) {
  return (
    <div className={classes.frame}>
      <header className={classes.header}>
        <Title order={1} size="h4">
          HomeGuard
        </Title>
        <Group gap="xs" wrap="nowrap">
          <LiveBadge />
          <SchemeToggle />
          <AccountButton />
        </Group>
      </header>
      <nav className={classes.places} aria-label="Pages">
        <Places />
      </nav>
      <main className={classes.main}>{children}</main>
    </div>
  );
}

function Places() {
  const [location] = useLocation();
  return PLACES.map(({ path, label, Icon }) => {
    const here = path === "/" ? location === "/" : location.startsWith(path);
    return (
      <NavLink
        key={path}
        className={classes.place}
        component={Link}
        href={path}
        label={label}
        leftSection={<Icon size={18} aria-hidden />}
        active={here}
        aria-current={here ? "page" : undefined}
      />
    );
  });
}

function SchemeToggle() {
  const { toggleColorScheme } = useMantineColorScheme();
  return (
    <ActionIcon variant="subtle" size="lg" aria-label="Light or dark" onClick={toggleColorScheme}>
      <IconMoonStars size={18} aria-hidden />
    </ActionIcon>
  );
}
