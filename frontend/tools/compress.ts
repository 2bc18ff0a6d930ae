// Writes a .gz beside each asset of the build, so that a small box compresses nothing while it serves.
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { constants, gzip } from "node:zlib";
import type { Plugin } from "vite";

const compressed = promisify(gzip);
const TEXT = /^assets\/.*\.(css|js|json|svg)$/;
const MIN_BYTES = 1_024; // what is smaller fits into one packet anyway

export function compress(): Plugin {
  return {
    name: "homeguard:compress",
    apply: "build",
    async writeBundle({ dir }, bundle) {
      if (dir === undefined) throw new Error("a build without a directory has nowhere to put its .gz files");
      const files = Object.keys(bundle).filter((name) => TEXT.test(name));
      await Promise.all(files.map((name) => besides(join(dir, name))));
    },
  };
}

async function besides(path: string) {
  const whole = await readFile(path);
  if (whole.length < MIN_BYTES) return;
  await writeFile(`${path}.gz`, await compressed(whole, { level: constants.Z_BEST_COMPRESSION }));
}
