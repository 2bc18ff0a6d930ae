// Sets light or dark before the first paint; the page's own script comes later, and would flash. Mantine keeps its choice
// under this name, and does the same again.
(() => {
  let choice = null;
  try {
    choice = window.localStorage.getItem("mantine-color-scheme-value");
  } catch {
    // a browser that keeps nothing: as the system has it
  }
  const isDark = choice === "dark" || (choice !== "light" && matchMedia("(prefers-color-scheme: dark)").matches);
  document.documentElement.dataset.mantineColorScheme = isDark ? "dark" : "light";
})();
