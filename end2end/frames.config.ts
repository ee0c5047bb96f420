import journeys from "./playwright.config.js";
import { defineConfig } from "@playwright/test";

// `cargo xtask frames`: a measurement, which nothing waits for and which cannot fail for being slow.
export default defineConfig({ ...journeys, testDir: "frames", timeout: 300_000 });
