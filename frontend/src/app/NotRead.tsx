// Stands where a page is about a channel that the user may not read: a link from somebody else, or an old one.
import { Button, Title } from "@mantine/core";
import { Link } from "wouter";
import { EmptyState } from "../components/EmptyState";
import type { Channel } from "../lib/api/types";

const NAMES: Record<Channel, string> = { alerts: "Alerts", devices: "Devices" };

export default function NotRead({ channel }: { channel: Channel }) {
  return (
    <>
      <Title order={2} mb="sm">
        {NAMES[channel]}
      </Title>
      <EmptyState title={`Your user does not read ${channel}`} text="An admin can change that, in System under Users.">
        <Button component={Link} href="/" variant="default">
          Show the overview
        </Button>
      </EmptyState>
    </>
  );
}
