import { defineConfig } from "vitest/config";

export default defineConfig({
  define: { SHEAF_VERSION: JSON.stringify("0.0.0-test") },
  test: {
    include: ["test/**/*.test.ts"],
    exclude: ["test/e2e/**"],
    // One core would be left idle otherwise: half of a small machine.
    maxWorkers: "100%",
    // Suites change nothing that another one sees; loading the engine anew for each would double the time.
    isolate: false,
    testTimeout: 20_000,
  },
});
