// The dashboard as static files of the Worker, in public/dashboard: one page, and assets whose names
// hold their hash. Nothing is inlined, as the page's policy refuses that.

import { defineConfig } from "vite";

export default defineConfig({
  base: "/dashboard/",
  publicDir: false,
  oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
  build: {
    outDir: "../public/dashboard",
    emptyOutDir: true,
    target: ["chrome123", "firefox120", "safari17.5"],
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
  },
});
