import { expect, test } from "vitest";
import { firstLoad } from "./budget";

const chunk = (fileName: string, imports: string[] = [], facade = "") => ({
  fileName, imports, isEntry: fileName === "index.js", facadeModuleId: facade ? `/home/ada/homeguard/frontend/src/${facade}` : null,
});

test("what the entry and the first page import at once is counted, each once, and what comes later is not", () => {
  const chunks = [
    chunk("index.js", ["react.js", "box.js"]),
    chunk("overview.js", ["box.js", "badge.js"], "features/overview/Overview.tsx"),
    chunk("chart.js", ["uplot.js"], "features/overview/EventsChart.tsx"),
    chunk("react.js"), chunk("box.js", ["react.js"]), chunk("badge.js"), chunk("uplot.js"),
  ];
  expect(firstLoad(chunks).toSorted()).toEqual(["badge.js", "box.js", "index.js", "overview.js", "react.js"]);
});

test("a first page that is not found is said, for its size would be missing", () => {
  expect(() => firstLoad([chunk("index.js")])).toThrow("Overview.tsx is no chunk of its own");
});
