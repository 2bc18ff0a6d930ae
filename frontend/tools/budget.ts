// Ends the build with an error where the first load has grown too large: what a browser fetches before the Overview is there.
import { gzipSync } from "node:zlib";
import type { Plugin } from "vite";

const MAX_BYTES = 150_000; // of JavaScript, compressed: about a second on a slow phone's line
const FIRST_PAGE = "/src/features/overview/Overview.tsx";

interface Chunk {
  fileName: string;
  isEntry: boolean;
  /** The module that a dynamic import asked for. */
  facadeModuleId: string | null;
  /** What it imports at once, by file name. */
  imports: readonly string[];
  code: string;
}

/** Name the chunks that are fetched for the first page: the entry's, the page's, and what both import at once. */
export function firstLoad(chunks: readonly Omit<Chunk, "code">[]): string[] {
  const roots = chunks.filter(({ isEntry, facadeModuleId }) => isEntry || facadeModuleId?.endsWith(FIRST_PAGE));
  if (roots.length < 2) throw new Error(`${FIRST_PAGE} is no chunk of its own any more: what is the first page?`);
  const byName = new Map(chunks.map((chunk) => [chunk.fileName, chunk]));
  const found = new Set<string>();
  const add = (fileName: string) => {
    if (found.has(fileName)) return;
    found.add(fileName);
    byName.get(fileName)?.imports.forEach(add);
  };
  for (const { fileName } of roots) add(fileName);
  return [...found];
}

export function budget(): Plugin {
  return {
    name: "homeguard:budget",
    apply: "build",
    writeBundle(_, bundle) {
      const chunks = Object.values(bundle).filter((file) => file.type === "chunk");
      const names = firstLoad(chunks);
      const bytes = chunks.filter(({ fileName }) => names.includes(fileName)).reduce((sum, { code }) => sum + gzipSync(code).length, 0);
      const words = `the first load is ${names.length} files, ${(bytes / 1_000).toFixed(1)} kB compressed, of ${MAX_BYTES / 1_000} kB`;
      if (bytes > MAX_BYTES) throw new Error(`${words}: load what is not needed at once by import()`);
      this.info(words);
    },
  };
}
