import { svelte } from "@sveltejs/vite-plugin-svelte";
import { defineConfig } from "vitest/config";

// `npm run dev` takes its data from a server that runs beside it.
const server = process.env.RIDDLE_ADDRESS ?? "http://127.0.0.1:7878";

export default defineConfig({
  plugins: [svelte()],
  // Found beside the page, wherever a proxy puts it.
  base: "./",
  // Nothing is inlined: the server's content security policy lets only files of its own in.
  build: {
    target: "es2022",
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    // The charts' library, which only a report loads.
    chunkSizeWarningLimit: 700,
  },
  // The host stays the browser's own: the server refuses to write what a page of another origin sends.
  server: { proxy: { "/api": { target: server, changeOrigin: false } } },
  test: { include: ["src/**/*.test.ts"] },
});
