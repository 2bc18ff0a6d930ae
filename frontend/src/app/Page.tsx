// One page of the frame. What fails in it leaves the frame as it is, and says what one can do.
import { Button, Center, Group, Loader, Paper, Stack, Text, Title } from "@mantine/core";
import { Component, type ReactNode, Suspense, useLayoutEffect, useState } from "react";
import { arrive } from "./arrival";
import { type Loadable, NotLoaded } from "./loadable";

interface PageProps<Props extends object> {
  page: Loadable<Props>;
  path: string;
  props: Props;
}

export function Page<Props extends object>({ page, path, props }: PageProps<Props>) {
  const [attempt, setAttempt] = useState(0);
  const again = () => {
    page.again();
    setAttempt(attempt + 1);
  };
  return (
    <Boundary key={`${path} ${attempt}`} onAgain={again}>
      <Suspense fallback={<Waiting />}>
        {page.render(props)}
        <Arrival />
      </Suspense>
    </Boundary>
  );
}

function Waiting() {
  return (
    <Center h="50vh">
      <Loader aria-label="Loading the page" />
    </Center>
  );
}

/** Stands beside the page, so that it is there when the page is. */
function Arrival() {
  useLayoutEffect(arrive, []);
  return null;
}

interface BoundaryProps {
  onAgain: () => void;
  children: ReactNode;
}

class Boundary extends Component<BoundaryProps, { error: unknown }> {
  override state = { error: null };

  static getDerivedStateFromError(error: unknown) {
    return { error };
  }

  override render() {
    const { error } = this.state;
    return error === null ? this.props.children : <Failed error={error} onAgain={this.props.onAgain} />;
  }
}

function Failed({ error, onAgain }: { error: unknown; onAgain: () => void }) {
  const [title, text] =
    error instanceof NotLoaded
      ? ["This page could not be loaded", "HomeGuard does not answer, or it was updated since you opened the dashboard."]
      : ["This page has failed", error instanceof Error ? error.message : String(error)];
  return (
    <Paper withBorder p="lg" maw="40rem" role="alert">
      <Stack gap="sm">
        <Title order={2} size="h3">
          {title}
        </Title>
        <Text style={{ overflowWrap: "anywhere" }}>{text}</Text>
        <Group gap="xs">
          <Button onClick={onAgain}>Try again</Button>
          <Button variant="default" onClick={() => window.location.reload()}>
            Reload the dashboard
          </Button>
        </Group>
      </Stack>
    </Paper>
  );
}
