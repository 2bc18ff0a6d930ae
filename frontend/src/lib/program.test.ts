import { expect, test } from "vitest";
import { programOf } from "./program";

const MOZILLA = "Mozilla/5.0";
const CHROME = "AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0";

test.each([
  [`${MOZILLA} (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0`, "Firefox 128 on Linux"],
  [`${MOZILLA} (Windows NT 10.0; Win64; x64) ${CHROME} Safari/537.36`, "Chrome 141 on Windows"],
  [`${MOZILLA} (Windows NT 10.0; Win64; x64) ${CHROME} Safari/537.36 Edg/141.0.0.0`, "Edge 141 on Windows"],
  [`${MOZILLA} (Linux; Android 14; K) ${CHROME} Mobile Safari/537.36`, "Chrome 141 on Android"],
  [`${MOZILLA} (iPhone; CPU iPhone OS 17_4 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.4 Mobile/15E148 Safari/604.1`, "Safari 17 on iPhone"],
  ["Python/3.11 websockets/15.0.1", "Python 3.11"],
  ["curl/8.5.0", "curl 8.5.0"],
  ["homeguard token", "homeguard token"],
  ["  ", "unknown"],
  [null, "unknown"],
])("%s", (userAgent, words) => {
  expect(programOf(userAgent)).toBe(words);
});
