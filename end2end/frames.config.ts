import journeys from "./playwright.config.js";
import { defineConfig } from "@playwright/test";

// `cargo xtask frames`: a measurement, which nothing waits for and which cannot fail for being slow. What records a
// journey would be measured with it.
export default defineConfig({
  ...journeys,
  testDir: "frames",
  timeout: 300_000,
  use: { ...journeys.use, trace: "off", screenshot: "off" },
});
