// When something was, in words that stay true; the exact time on hover.
import { exactWords, relativeWords, useTimed } from "../lib/time";

export function RelativeTime({ at }: { at: string }) {
  const words = useTimed((now) => relativeWords(at, now));
  return (
    <time dateTime={at} title={exactWords(at)}>
      {words}
    </time>
  );
}
