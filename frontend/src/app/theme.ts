// How the page looks: Mantine's defaults, our blue, and what a thumb can hit.
import { createTheme, type CSSVariablesResolver, type MantineColorsTuple } from "@mantine/core";

const guard: MantineColorsTuple = [
  "#e7f3ff", "#d0e3fb", "#a2c5f2", "#70a6ea", "#488be3", "#2f7adf", "#1f71de", "#0b5fc4", "#0054b0", "#00489c",
];

// Mantine makes the head of a dialog a <header>, which a screen reader would take for a second head of the page.
const dialog = { defaultProps: { attributes: { header: { role: "presentation" } }, closeButtonProps: { "aria-label": "Close" } } };

export const theme = createTheme({
  primaryColor: "guard",
  primaryShade: { light: 7, dark: 7 },
  colors: { guard },
  autoContrast: true,
  defaultRadius: "md",
  cursorType: "pointer",
  respectReducedMotion: true,
  components: { Modal: dialog, Drawer: dialog },
  fontFamily: "system-ui, -apple-system, 'Segoe UI', Roboto, 'Noto Sans', 'Liberation Sans', sans-serif",
  fontFamilyMonospace: "ui-monospace, 'SF Mono', Menlo, Consolas, 'Liberation Mono', monospace",
});

// Mantine's dimmed text, links, errors and titles of notices have less contrast than WCAG 2.2 asks for (4.5 to 1).
export const cssVariables: CSSVariablesResolver = () => ({
  variables: {},
  light: {
    "--mantine-color-dimmed": "#5c636a",
    "--mantine-color-placeholder": "#6b7278",
    "--mantine-color-error": "#c92a2a",
    "--mantine-color-red-light-color": "#b02525",
    "--mantine-color-red-outline": "#b02525",
    "--mantine-color-orange-light-color": "#944000",
    "--mantine-color-orange-outline": "#944000",
  },
  dark: {
    "--mantine-color-dimmed": "#a6adb4",
    "--mantine-color-placeholder": "#9aa1a8",
    "--mantine-color-error": "#ff8787",
    "--mantine-color-anchor": guard[2],
  },
});
