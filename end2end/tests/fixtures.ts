// What every journey starts with: where things are, a browser that blocks third-party cookies as
// people's browsers do, and an administrator's sign-in.

import { AxeBuilder } from "@axe-core/playwright";
import { test as base, chromium, expect, type BrowserContext, type Page } from "@playwright/test";
import { execFileSync } from "node:child_process";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Where the programs under test are. */
export interface Places {
  /** Portico, on `localhost`. */
  portico: string;
  /** The demo's host app, on `127.0.0.1`: another site. */
  host: string;
  /** The simulated providers. */
  sandbox: string;
}

export const places: Places = {
  portico: fromEnvironment("PORTICO_URL"),
  host: fromEnvironment("DEMO_URL"),
  sandbox: fromEnvironment("SANDBOX_URL"),
};

/** The project that the host app belongs to. */
export const project = fromEnvironment("PORTICO_PROJECT");

/** The file of the private key with which the host app signs user tokens. */
export const signingKeyFile = fromEnvironment("PORTICO_SIGNING_KEY_FILE");

/** A new link that signs an administrator in, once. */
export function adminLink(): string {
  const words: unknown = JSON.parse(fromEnvironment("ADMIN_LINK_COMMAND"));
  if (!Array.isArray(words) || typeof words[0] !== "string") {
    throw new Error("ADMIN_LINK_COMMAND is not a JSON array of words");
  }
  return execFileSync(words[0], words.slice(1).map(String), { encoding: "utf8" }).trim();
}

function fromEnvironment(name: string): string {
  const value = process.env[name];
  if (!value) {
    throw new Error(`${name} is not set; run the journeys with \`cargo xtask test --only end2end\``);
  }
  return value;
}

/** Opens a browser as new as a new computer's: no history, no cookies, third-party cookies blocked. */
async function openBrowser(options: Parameters<typeof chromium.launchPersistentContext>[1]) {
  const profile = await mkdtemp(join(tmpdir(), "portico-end2end-"));
  await mkdir(join(profile, "Default"));
  // 1 is "block third-party cookies" in Chromium's own settings; there is no switch for it.
  const preferences = { profile: { cookie_controls_mode: 1 } };
  await writeFile(join(profile, "Default", "Preferences"), JSON.stringify(preferences));
  const context = await chromium.launchPersistentContext(profile, options);
  return {
    context,
    async close() {
      await context.close();
      await rm(profile, { recursive: true, force: true });
    },
  };
}

/** The administrator whom the first journey creates and all others are. */
export const admin = {
  name: "Ada Admin",
  email: "ada@example.com",
  password: "correct horse battery staple",
};

/** Signs in with a new link; the very first one asks who the administrator is. */
export async function signIn(page: Page): Promise<void> {
  await page.goto(adminLink());
  if (!new URL(page.url()).pathname.startsWith("/dashboard")) {
    const answers: [RegExp, string][] = [
      [/^name/i, admin.name],
      [/e-?mail/i, admin.email],
      [/^password/i, admin.password],
    ];
    for (const [label, answer] of answers) {
      const field = page.getByLabel(label);
      if ((await field.count()) > 0) {
        await field.fill(answer);
      }
    }
    await page.locator("form button[type=submit]").click();
  }
  await page.waitForURL(/\/dashboard/);
}

interface Fixtures {
  /** Opens one more browser, of another person on another computer. */
  anotherBrowser: () => Promise<BrowserContext>;
  /** A page signed in to the dashboard as an administrator. */
  adminPage: Page;
}

export const test = base.extend<Fixtures>({
  // Playwright's own contexts share one browser whose preferences cannot be set; with a profile
  // each, the cookie setting is the real one. Traces and screenshots follow all the same.
  context: async ({ baseURL, viewport }, use) => {
    const { context, close } = await openBrowser(browserOptions(baseURL, viewport));
    await use(context);
    await close();
  },
  anotherBrowser: async ({ baseURL, viewport }, use) => {
    const closing: (() => Promise<void>)[] = [];
    await use(async () => {
      const { context, close } = await openBrowser(browserOptions(baseURL, viewport));
      closing.push(close);
      return context;
    });
    for (const close of closing) {
      await close();
    }
  },
  adminPage: async ({ context }, use) => {
    const page = await context.newPage();
    await signIn(page);
    await use(page);
  },
});

function browserOptions(
  baseURL: string | undefined,
  viewport: { width: number; height: number } | null,
) {
  const executablePath = process.env["CHROMIUM"];
  return {
    ...(baseURL ? { baseURL } : {}),
    ...(executablePath ? { executablePath } : {}),
    viewport,
    // Chromium refuses to sandbox itself for root, which containers and CI often are.
    chromiumSandbox: process.getuid?.() !== 0,
    headless: !process.env["HEADED"],
  };
}

/** WCAG 2.2 AA: what is promised. */
const RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"];

/** Nothing on the page keeps anybody out, once what moves has come to its end. */
export async function accessible(page: Page): Promise<void> {
  await page.evaluate(() => {
    for (const own of document.getAnimations()) {
      if (own.effect?.getComputedTiming().endTime !== Infinity) own.finish();
    }
  });
  const found = await new AxeBuilder({ page }).withTags(RULES).analyze();
  expect(found.violations.map((own) => `${own.id}: ${own.nodes.map((node) => node.html).join(", ")}`), page.url()).toEqual([]);
}

/** The same in both themes, wide and narrow, with a picture of each. */
export async function looked(page: Page, name: string): Promise<void> {
  for (const [scheme, width] of [["light", 1280], ["dark", 360]] as const) {
    await page.setViewportSize({ width, height: 800 });
    await page.emulateMedia({ colorScheme: scheme });
    await accessible(page);
    expect(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), `${name} fits ${width} px`).toBe(true);
    await page.evaluate(() => scrollTo(0, 0));
    await page.screenshot({ path: `screenshots/${name}-${scheme}-${width}.png`, fullPage: true });
  }
  await page.setViewportSize({ width: 1280, height: 800 });
  await page.emulateMedia({ colorScheme: "light" });
}

export { expect };
