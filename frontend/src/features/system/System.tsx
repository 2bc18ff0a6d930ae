import { Title } from "@mantine/core";

export default function System() {
  return <Title order={2}>System</Title>;
}
