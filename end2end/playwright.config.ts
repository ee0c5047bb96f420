import { defineConfig } from "@playwright/test";

// `cargo xtask test` starts what is tested and says where it is; see xtask/src/end2end.rs.
export default defineConfig({
  testDir: "tests",
  outputDir: "test-results",
  // One Portico, one database: journeys run one after the other.
  workers: 1,
  fullyParallel: false,
  // A journey that passes the second time has found something.
  retries: 0,
  forbidOnly: true,
  timeout: 60_000,
  expect: { timeout: 10_000 },
  reporter: [["list"]],
  use: {
    baseURL: process.env["PORTICO_URL"] ?? "http://localhost:3000",
    viewport: { width: 1280, height: 800 },
    trace: "retain-on-failure",
    screenshot: "only-on-failure",
  },
});
