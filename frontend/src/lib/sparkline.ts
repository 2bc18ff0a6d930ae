// Where the points of a sparkline stand.

export interface Point {
  /** Milliseconds, ascending. */
  at: number;
  value: number;
}

const round = (number: number) => Math.round(number * 10) / 10;

/** Place points in a box of `width` by `height`, `margin` from its edges; a level line runs through the middle. */
export function place(points: readonly Point[], width: number, height: number, margin: number): [x: number, y: number][] {
  const first = points[0];
  const last = points.at(-1);
  if (!first || !last) return [];
  let low = first.value;
  let high = first.value;
  for (const { value } of points) {
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  const across = last.at - first.at;
  const up = high - low;
  return points.map(({ at, value }) => [
    round(margin + (across === 0 ? 1 : (at - first.at) / across) * (width - 2 * margin)),
    round(up === 0 ? height / 2 : margin + (1 - (value - low) / up) * (height - 2 * margin)),
  ]);
}
