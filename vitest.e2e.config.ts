import { defineConfig } from "vitest/config";

/** End-to-end suites: child processes of the built command against real servers. They share one control plane, so files run one by one. */
export default defineConfig({
  define: { SHEAF_VERSION: JSON.stringify("0.0.0-test") },
  test: {
    include: ["test/e2e/**/*.test.ts"],
    globalSetup: ["test/e2e/global-setup.ts"],
    fileParallelism: false,
    testTimeout: 180_000,
    hookTimeout: 600_000,
  },
});
