// Light, dark, or as the system has it; Mantine remembers which.
import { ActionIcon, type MantineColorScheme, useMantineColorScheme } from "@mantine/core";
import { IconMoonStars, IconSun, IconSunMoon } from "@tabler/icons-react";

const NEXT = { auto: "light", light: "dark", dark: "auto" } as const satisfies Record<MantineColorScheme, MantineColorScheme>;
const LOOKS = {
  auto: { label: "as the system", Icon: IconSunMoon },
  light: { label: "light", Icon: IconSun },
  dark: { label: "dark", Icon: IconMoonStars },
} as const;

export function SchemeToggle() {
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  const { label, Icon } = LOOKS[colorScheme];
  const next = NEXT[colorScheme];
  const words = `Colours: ${label}. Change to ${LOOKS[next].label}`;
  return (
    <ActionIcon variant="subtle" color="gray" size="lg" aria-label={words} title={words} onClick={() => setColorScheme(next)}>
      <Icon size={18} aria-hidden />
    </ActionIcon>
  );
}
