import { Title } from "@mantine/core";

export default function Devices() {
  return <Title order={2}>Devices</Title>;
}
