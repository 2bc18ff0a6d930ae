// A short reading of a User-Agent header, which says everything about everybody's ancestors.

const BROWSERS: readonly [RegExp, string][] = [
  // Each pretends to be those after it, so the order matters.
  [/\bEdg(?:A|iOS)?\/(\d+)/, "Edge"],
  [/\b(?:OPR|Opera)\/(\d+)/, "Opera"],
  [/\bSamsungBrowser\/(\d+)/, "Samsung Internet"],
  [/\b(?:Firefox|FxiOS)\/(\d+)/, "Firefox"],
  [/\b(?:HeadlessChrome|Chrome|CriOS)\/(\d+)/, "Chrome"],
  [/\bVersion\/(\d+)\S* .*Safari\//, "Safari"],
];
const SYSTEMS: readonly [RegExp, string][] = [
  [/iPhone/, "iPhone"],
  [/iPad/, "iPad"],
  [/Android/, "Android"],
  [/Windows/, "Windows"],
  [/Macintosh|Mac OS X/, "macOS"],
  [/CrOS/, "ChromeOS"],
  [/Linux/, "Linux"],
];

/** Say it in a few words: "Firefox 128 on Linux", "curl 8.5.0", "unknown". */
export function programOf(userAgent: string | null): string {
  const text = userAgent?.trim() ?? "";
  for (const [pattern, name] of BROWSERS) {
    const version = pattern.exec(text)?.[1];
    if (version === undefined) continue;
    const system = SYSTEMS.find(([mark]) => mark.test(text))?.[1];
    return system === undefined ? `${name} ${version}` : `${name} ${version} on ${system}`;
  }
  if (text !== "" && !text.includes("/")) return text; // no product with a version: "homeguard token"
  const product = text.split(/[\s(]/, 1)[0] ?? ""; // RFC 9110 section 10.1.5: the most significant product is first
  return product === "" ? "unknown" : product.replace("/", " ");
}
