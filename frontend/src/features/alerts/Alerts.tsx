import { Title } from "@mantine/core";

export default function Alerts() {
  return <Title order={2}>Alerts</Title>;
}
