// Where there is nothing yet: what would be here, and the line that brings the first one.
import { Code, Paper, Stack, Text } from "@mantine/core";
import type { ReactNode } from "react";
import { CopyButton } from "./CopyButton";
import classes from "./EmptyState.module.css";

export interface EmptyStateProps {
  title: string;
  text: ReactNode;
  /** A line to paste into a terminal. */
  command?: string;
  /** What else one can do, such as a button that clears the filters. */
  children?: ReactNode;
}

export function EmptyState({ title, text, command, children }: EmptyStateProps) {
  return (
    <Paper withBorder p="lg" className={classes.paper}>
      <Stack gap="sm" align="center">
        <Text fw={600}>{title}</Text>
        <Text component="div" size="sm" c="dimmed" ta="center" maw="36rem">
          {text}
        </Text>
        {command !== undefined && <Command line={command} />}
        {children}
      </Stack>
    </Paper>
  );
}

function Command({ line }: { line: string }) {
  return (
    <div className={classes.command}>
      <Code className={classes.line}>{line}</Code>
      <CopyButton text={line} />
    </div>
  );
}
