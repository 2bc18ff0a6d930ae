// On the first start, where nobody has ever signed in: says who one is and where the password is.
import { Code, Paper, Text, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { askOpenly } from "../../lib/api/client";
import type { Rest } from "../../lib/api/types";

export function Welcome() {
  const { data } = useQuery({
    queryKey: ["welcome"],
    queryFn: ({ signal }) => askOpenly<Rest.Welcome>("api/auth/welcome", { signal }),
  });
  if (!data?.first_start) return null;
  return (
    <Paper withBorder p="md">
      <Title order={2} size="h5" mb="xs">
        The first time here?
      </Title>
      <Text size="sm">
        Your user name is <Code>admin</Code>. {data.password === "printed" ? <Printed /> : <Given />}
      </Text>
      <Text size="sm" mt="xs">
        Is it lost? On that machine, <Code>homeguard user passwd admin</Code> sets another one.
      </Text>
    </Paper>
  );
}

function Printed() {
  return (
    <>
      The first start printed its password once, in the terminal where HomeGuard runs: look for the line that begins
      with “Sign in”. With Docker, it is in <Code>docker compose logs homeguard</Code>.
    </>
  );
}

function Given() {
  return (
    <>
      Its password was set by whoever installed HomeGuard, as <Code>HOMEGUARD_ADMIN_PASSWORD</Code>.
    </>
  );
}
