// A small line of how a number went, drawn as SVG; its label says the same to who does not see it.
import { place, type Point } from "../lib/sparkline";
import classes from "./Sparkline.module.css";

const WIDTH = 160;
const HEIGHT = 36;
const MARGIN = 3;

export interface SparklineProps {
  points: readonly Point[];
  label: string;
}

export function Sparkline({ points, label }: SparklineProps) {
  const placed = place(points, WIDTH, HEIGHT, MARGIN);
  const last = placed.at(-1);
  if (!last) return null;
  return (
    <svg className={classes.line} viewBox={`0 0 ${WIDTH} ${HEIGHT}`} role="img" aria-label={label}>
      <polyline points={placed.map((point) => point.join(",")).join(" ")} />
      <circle cx={last[0]} cy={last[1]} r={2.5} />
    </svg>
  );
}
