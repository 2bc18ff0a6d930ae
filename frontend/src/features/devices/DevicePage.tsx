import { Title } from "@mantine/core";

export default function DevicePage({ id }: { id: string }) {
  return <Title order={2}>{id}</Title>;
}
