// The first lead: a host page connects Salesforce, an event becomes a Lead, and everyone can see it
// happen. Third-party cookies are blocked; the host page is another site.

import { brotliCompressSync } from "node:zlib";
import { accessible, expect, places, project, test } from "./fixtures.js";
import type { BrowserContext, FrameLocator, Page } from "@playwright/test";

/** The portal in the host page. */
function portal(page: Page): FrameLocator {
  return page.frameLocator("iframe");
}

/** The host app as one of its users; every journey has a user of its own. */
async function hostApp(context: BrowserContext, user: string): Promise<Page> {
  const page = await context.newPage();
  await page.goto(`${places.host}/?user=${user}`);
  await expect(page.getByRole("button", { name: "Create lead" })).toBeVisible();
  return page;
}

/** Presses Connect in the portal and decides at the provider. */
async function connect(page: Page, decision: "Allow" | "Deny"): Promise<Page> {
  await page.getByRole("button", { name: "Connect Salesforce" }).click();
  const button = portal(page).getByRole("button", { name: "Connect Salesforce" });
  await expect(button).toBeEnabled();
  await live(page);
  const [popup] = await Promise.all([page.context().waitForEvent("page"), button.click()]);
  await popup.getByRole("button", { name: decision }).click();
  return popup;
}

/** Waits until the portal's controls answer. */
async function live(page: Page): Promise<void> {
  await expect(portal(page).locator("html[data-live]")).toHaveCount(1);
}

async function createLead(page: Page, lastName: string): Promise<void> {
  await page.getByLabel("First name").fill("Ada");
  await page.getByLabel("Last name").fill(lastName);
  await page.getByLabel("Company").fill("Analytical Engines");
  await page.getByRole("button", { name: "Create lead" }).click();
}

test("from nothing to a lead that everyone can see", async ({ context, adminPage }) => {
  const page = await hostApp(context, "journey-lead");
  await connect(page, "Allow");
  const frame = portal(page);
  await expect(frame.getByText("Connected as ada@acme.example")).toBeVisible();
  await frame.getByRole("switch", { name: "Create a Salesforce lead" }).click();
  await expect(frame.getByRole("switch")).toHaveAttribute("aria-checked", "true");
  await page.keyboard.press("Escape");
  await expect(page.locator("iframe")).toHaveCount(0);

  const name = `Lovelace ${Date.now()}`;
  await createLead(page, name);
  await expect(page.getByText("On its way to Salesforce.")).toBeVisible();

  const org = await context.newPage();
  await org.goto(`${places.sandbox}/salesforce/acme/lightning/o/Lead/list`);
  await expect(org.getByText(name)).toBeVisible();

  await adminPage.goto(`/dashboard/${project}/executions`);
  const row = adminPage.getByRole("row", { name: /journey-lead/ }).first();
  await expect(row.getByText("Succeeded")).toBeVisible();
  await row.getByRole("link").first().click();
  await expect(adminPage.getByRole("heading", { name: "Create record" })).toBeVisible();
  await expect(adminPage.getByText(name).first()).toBeVisible();
  await expect(adminPage.getByText("POST https://acme.my.salesforce.com/services/data/v66.0/sobjects/Lead")).toBeVisible();

  await adminPage.getByRole("link", { name: "Lead Created" }).click();
  await expect(adminPage.getByText("Started", { exact: true })).toBeVisible();
});

test("a no is told in words, and nothing is connected", async ({ context }) => {
  const page = await hostApp(context, "journey-no");
  await connect(page, "Deny");
  await expect(portal(page).getByRole("alert")).toContainText("Nothing was connected");
  await expect(portal(page).getByRole("button", { name: "Connect Salesforce" })).toBeEnabled();
});

test("an event without a connection says why nothing ran", async ({ context, adminPage }) => {
  const page = await hostApp(context, "journey-why");
  await createLead(page, "Nobody");
  await expect(page.getByText("Salesforce is not connected")).toBeVisible();
  await adminPage.goto(`/dashboard/${project}/events`);
  await adminPage.getByRole("row", { name: /journey-why/ }).getByRole("link").first().click();
  await expect(adminPage.getByText("The user has connected no account")).toHaveCount(2);
});

test("disconnecting asks first, and reconnecting keeps the switches", async ({ context }) => {
  const page = await hostApp(context, "journey-again");
  await connect(page, "Allow");
  const frame = portal(page);
  await frame.getByRole("switch").click();
  await expect(frame.getByRole("switch")).toHaveAttribute("aria-checked", "true");
  await frame.getByRole("button", { name: "Disconnect" }).click();
  await frame.getByRole("button", { name: "Keep it" }).click();
  await expect(frame.getByText("Connected as")).toBeVisible();
  await frame.getByRole("button", { name: "Disconnect" }).click();
  await frame.getByRole("button", { name: "Disconnect account" }).click();
  const button = frame.getByRole("button", { name: "Connect Salesforce" });
  const [popup] = await Promise.all([context.waitForEvent("page"), button.click()]);
  await popup.getByRole("button", { name: "Allow" }).click();
  await expect(frame.getByRole("switch")).toHaveAttribute("aria-checked", "true");
});

test("forwarded addresses connect nothing in another browser", async ({ context, anotherBrowser }) => {
  const page = await hostApp(context, "journey-mallory");
  await page.getByRole("button", { name: "Connect Salesforce" }).click();
  await live(page);
  const [popup] = await Promise.all([
    context.waitForEvent("page"),
    portal(page).getByRole("button", { name: "Connect Salesforce" }).click(),
  ]);
  await popup.getByRole("button", { name: "Allow" }).waitFor();
  const provider = popup.url();

  // The victim's browser: the window's address, the provider's, the callback's.
  const victim = await (await anotherBrowser()).newPage();
  await victim.goto(`${places.portico}/connect/window`);
  await expect(victim.getByText("Open this from your app")).toBeVisible();
  await victim.goto(provider);
  await victim.getByRole("button", { name: "Allow" }).click();
  await expect(victim.getByText("Nothing was connected")).toBeVisible();
  const callback = victim.url();
  await victim.goto(callback);
  await expect(victim.getByText("Nothing was connected")).toBeVisible();

  // The portal's own address, which its maker has not opened: it would be the genuine page.
  const session = await page.request.post(`${places.host}/session`, { data: { user: "journey-mallory" } });
  const { token } = (await session.json()) as { token: string };
  const made = await page.request.post(`${places.portico}/projects/${project}/sdk/portal-sessions`, {
    headers: { authorization: `Bearer ${token}`, origin: places.host },
    data: { integration: "salesforce" },
  });
  expect(made.status()).toBe(201);
  const { url } = (await made.json()) as { url: string };
  await victim.goto(url);
  await expect(victim.getByText("Open this from your app")).toBeVisible();
  await expect(victim.getByRole("button")).toHaveCount(0);
  const [opened] = await Promise.all([
    victim.waitForEvent("popup"),
    victim.evaluate((to) => void window.open(to), url),
  ]);
  await expect(opened.getByText("Open this from your app")).toBeVisible();

  await page.reload();
  await expect(page.getByRole("button", { name: "Connect Salesforce" })).toBeVisible();
});

test("the portal works by keyboard alone, and gives the focus back", async ({ context }) => {
  const page = await hostApp(context, "journey-keys");
  await page.getByRole("button", { name: "Connect Salesforce" }).focus();
  await page.keyboard.press("Enter");
  await live(page);
  await portal(page).getByRole("button", { name: "Connect Salesforce" }).focus();
  const [popup] = await Promise.all([context.waitForEvent("page"), page.keyboard.press("Enter")]);
  await popup.getByRole("button", { name: "Allow" }).focus();
  await popup.keyboard.press("Enter");
  const toggle = portal(page).getByRole("switch");
  await toggle.focus();
  await page.keyboard.press("Space");
  await expect(toggle).toHaveAttribute("aria-checked", "true");
  await portal(page).getByRole("tab", { name: "Configuration" }).focus();
  await page.keyboard.press("ArrowLeft");
  await expect(portal(page).getByRole("tab", { name: "Overview" })).toHaveAttribute("aria-selected", "true");
  await page.keyboard.press("Escape");
  await expect(page.locator("iframe")).toHaveCount(0);
});

test("the portal can be read before its wasm has come, and what is read weighs little", async ({ context }) => {
  const page = await hostApp(context, "journey-weight");
  await page.route("**/*.wasm", (route) => route.abort());
  const loaded = (part: string) => page.waitForResponse((response) => response.url().startsWith(`${places.portico}${part}`));
  const [html, css] = await Promise.all([
    loaded("/portal/"),
    loaded("/portal.css"),
    page.getByRole("button", { name: "Connect Salesforce" }).click(),
  ]);
  await expect(portal(page).getByRole("heading", { name: "Salesforce" })).toBeVisible();
  await expect(portal(page).getByText("It will be able to")).toBeVisible();
  const bytes = (await Promise.all([html.body(), css.body()])).reduce((sum, body) => sum + brotliCompressSync(Uint8Array.from(body)).length, 0);
  console.log(`the portal's first paint: ${bytes} bytes compressed`);
  expect(bytes).toBeLessThan(60_000);
});

for (const [scheme, width] of [["light", 1280], ["dark", 360]] as const) {
  test(`portal and dashboard are accessible (${scheme}, ${width} px)`, async ({ context, adminPage }) => {
    const page = await hostApp(context, `journey-axe-${scheme}`);
    await page.setViewportSize({ width, height: 800 });
    await page.emulateMedia({ colorScheme: scheme });
    await page.getByRole("button", { name: "Connect Salesforce" }).click();
    await live(page);
    await accessible(page);
    await page.screenshot({ path: `screenshots/portal-${scheme}-${width}.png` });

    await adminPage.setViewportSize({ width, height: 800 });
    await adminPage.emulateMedia({ colorScheme: scheme });
    for (const tail of ["", "/integrations", "/integrations/salesforce", "/workflows", "/app-events", "/users", "/executions", "/events", "/try-it", "/settings"]) {
      await adminPage.goto(`/dashboard/${project}${tail}`);
      await expect(adminPage.getByRole("heading", { level: 1 })).toBeVisible();
      await accessible(adminPage);
      await adminPage.screenshot({ path: `screenshots/dashboard${tail.replaceAll("/", "-")}-${scheme}-${width}.png` });
    }
  });
}
