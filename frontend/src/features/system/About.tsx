// What runs here, and whose work it is built on.
import { Anchor, Group, Stack, Text, TextInput, Title } from "@mantine/core";
import { IconSearch } from "@tabler/icons-react";
import { useRef, useState } from "react";
import { EmptyState } from "../../components/EmptyState";
import { useAbout } from "../../lib/api/about";
import type { Rest } from "../../lib/api/types";
import { useKey } from "../../lib/keys";
import { address } from "../../lib/url";
import { LICENCES, useBundled } from "./bundled";
import classes from "./About.module.css";
import { type Column, Records } from "./Records";
import { Failed, Waiting } from "./States";

export function About() {
  const { data, error, isFetching, refetch } = useAbout();
  if (!data) {
    return error ? (
      <Failed title="What runs could not be read" error={error} isBusy={isFetching} onRetry={() => void refetch()} />
    ) : (
      <Waiting label="Loading what runs" />
    );
  }
  const facts = [
    ["HomeGuard", data.version],
    ["Python", data.python],
    ["Database", data.database],
    ["Broker", data.broker ?? "It does not tell its version"],
    ["Journal", data.epoch],
  ] as const;
  return (
    <Stack>
      <dl className={classes.facts}>
        {facts.map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
      <Licences ofServer={data.licences} />
    </Stack>
  );
}

interface Package {
  name: string;
  version: string;
  licence: string;
  where: "server" | "page";
}

const UNTOLD = "not told";

const COLUMNS: readonly Column<Package>[] = [
  { header: "Package", cell: ({ name }) => name },
  { header: "Version", cell: ({ version }) => version },
  { header: "Licence", cell: ({ licence }) => licence },
  { header: "Part of", cell: ({ where }) => (where === "server" ? "the server" : "this page") },
];

function Licences({ ofServer }: { ofServer: readonly Rest.PackageView[] }) {
  const bundled = useBundled();
  const [wanted, setWanted] = useState("");
  const field = useRef<HTMLInputElement>(null);
  useKey("/", "Search the licences", () => field.current?.focus());

  const all: Package[] = [
    ...ofServer.map(({ name, version, licence }) => ({ name, version, licence: licence ?? UNTOLD, where: "server" as const })),
    ...(bundled.data ?? []).map(({ name, version, identifier }) => ({
      name, version, licence: identifier ?? UNTOLD, where: "page" as const,
    })),
  ];
  const words = wanted.toLowerCase().split(/\s+/);
  const shown = all.filter((one) => words.every((word) => `${one.name} ${one.licence}`.toLowerCase().includes(word)));
  return (
    <Stack component="section" gap="sm" aria-labelledby="licences">
      <Title order={3} size="h4" id="licences">
        Licences
      </Title>
      <Text size="sm">
        HomeGuard itself is free software under Apache-2.0. It is built on these packages
        {bundled.data && (
          <>
            ; those of this page <Anchor href={address(LICENCES).href} inherit underline="always" target="_blank">with the words of their licences</Anchor>
          </>
        )}
        .
      </Text>
      {bundled.error && (
        <Failed title="The packages of this page could not be read" error={bundled.error} isBusy={bundled.isFetching} onRetry={() => void bundled.refetch()} />
      )}
      <Group justify="space-between">
        <TextInput
          ref={field}
          aria-label="Search the licences"
          placeholder="Search by name or licence"
          leftSection={<IconSearch size={16} aria-hidden />}
          value={wanted}
          onChange={(event) => setWanted(event.currentTarget.value)}
          className={classes.search}
        />
        <Text component="output" size="sm" c="dimmed">
          {shown.length} of {all.length}
        </Text>
      </Group>
      {shown.length === 0 ? (
        <EmptyState title="No package is like that" text="Search by a part of its name, or by a licence such as MIT." />
      ) : (
        <Records label="Licences" columns={COLUMNS} records={shown} keyOf={(one) => `${one.where} ${one.name} ${one.version}`} />
      )}
    </Stack>
  );
}
