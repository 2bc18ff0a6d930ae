import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";
import { budget } from "./tools/budget.ts";
import { compress } from "./tools/compress.ts";

// `npm run dev` serves the page by itself and asks a running HomeGuard for the rest.
const SERVER = process.env.HOMEGUARD_URL ?? "http://127.0.0.1:8000";

export default defineConfig({
  base: "./", // relative, so that the page works under any sub-path
  plugins: [react(), compress(), budget()],
  build: {
    outDir: "../api/static",
    emptyOutDir: true,
    target: "es2022",
    modulePreload: { polyfill: false },
    license: { fileName: "licences.json" }, // of what is in the build; shown on the System page
    assetsInlineLimit: 0, // a data: URL is nothing that the content security policy must allow
  },
  server: { proxy: { "/api": { target: SERVER }, "/readyz": { target: SERVER }, "/ws": { target: SERVER, ws: true } } },
  test: { environment: "jsdom", include: ["{src,tools}/**/*.test.{ts,tsx}"], setupFiles: ["src/test/setup.ts"], restoreMocks: true, testTimeout: 20_000 },
});
