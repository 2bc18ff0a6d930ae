// The button of one's account; its menu, which brings a positioning library along, comes when it is first opened.
import { ActionIcon } from "@mantine/core";
import { IconUser } from "@tabler/icons-react";
import { useOnDemand } from "../../components/onDemand";

export function AccountButton() {
  const [Menu, load] = useOnDemand(() => import("./AccountMenu"));
  if (Menu) return <Menu />;
  return (
    <ActionIcon variant="subtle" size="lg" aria-label="Your account" aria-haspopup="menu" aria-expanded={false} onClick={load}>
      <IconUser size={18} aria-hidden />
    </ActionIcon>
  );
}
