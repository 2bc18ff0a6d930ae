// Draws events by minute with uPlot, in the colours of the theme. Comes after the page: import it dynamically only.
import { useComputedColorScheme } from "@mantine/core";
import { useEffect, useRef } from "react";
import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";
import classes from "./EventsChart.module.css";
import { eventsOf, type Minute } from "./moved";

export interface EventsChartProps {
  minutes: readonly Minute[];
  /** The same in words. */
  label: string;
}

const HALF_MINUTE = 30; // seconds: so that the bars at both ends are whole
const LEAST_TOP = 4; // a single event does not fill the chart

/** The canvas reads its colours when it is made, so light and dark each make their own. */
export function EventsChart(props: EventsChartProps) {
  const scheme = useComputedColorScheme();
  return <Plot key={scheme} {...props} />;
}

function Plot({ minutes, label }: EventsChartProps) {
  const frame = useRef<HTMLElement>(null);
  const plot = useRef<uPlot | null>(null);

  useEffect(() => {
    const element = frame.current;
    if (!element) return undefined;
    const chart = new uPlot(options(element), [[], [], []], element);
    plot.current = chart;
    const resizing = new ResizeObserver(() => chart.setSize(sizeOf(element)));
    resizing.observe(element);
    return () => {
      resizing.disconnect();
      chart.destroy();
      plot.current = null;
    };
  }, []);

  useEffect(() => {
    const at = minutes.map((minute) => minute.at / 1_000);
    plot.current?.setData([at, minutes.map((minute) => bar(eventsOf(minute))), minutes.map(({ alerts }) => bar(alerts))]);
  }, [minutes]);

  return <figure ref={frame} className={classes.frame} aria-label={label} />;
}

const bar = (count: number) => (count === 0 ? null : count); // no bar, rather than a line on the axis

const sizeOf = (element: HTMLElement) => ({ width: element.clientWidth, height: element.clientHeight });

const clock = new Intl.DateTimeFormat(undefined, { timeStyle: "short" });

function options(element: HTMLElement): uPlot.Options {
  const colour = (name: string) => getComputedStyle(element).getPropertyValue(name).trim();
  const bars = uPlot.paths.bars?.({ size: [0.75, 40] });
  const axis: uPlot.Axis = {
    stroke: colour("--chart-text"),
    grid: { stroke: colour("--chart-grid"), width: 1 },
    ticks: { show: false },
    font: `11px ${getComputedStyle(element).fontFamily}`,
  };
  const series = (fill: string): uPlot.Series => ({
    fill: colour(fill),
    stroke: colour("--chart-line"),
    width: 1,
    points: { show: false },
    ...(bars ? { paths: bars } : {}),
  });
  return {
    ...sizeOf(element),
    padding: [8, 8, 0, 0],
    legend: { show: false },
    cursor: { show: false },
    scales: {
      x: { range: (_, first, last) => [first - HALF_MINUTE, last + HALF_MINUTE] },
      y: { range: (_, __, top) => [0, Math.max(LEAST_TOP, top * 1.1)] },
    },
    axes: [
      { ...axis, grid: { show: false }, size: 24, space: 70, values: (_, moments) => moments.map((moment) => clock.format(moment * 1_000)) },
      { ...axis, size: 40, space: 30, incrs: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000, 50_000, 100_000] },
    ],
    series: [{}, series("--chart-all"), series("--chart-line")],
  };
}
