// What people do in the workflow editor, and around it, as journeys tell it.

import { expect, places, project } from "./fixtures.js";
import type { BrowserContext, FrameLocator, Page } from "@playwright/test";

/** Names and people of one run: what it deploys stays in the project. */
export const stamp = Date.now();

/** A new workflow, open in the editor. */
export async function create(page: Page, integration: string, name: string): Promise<void> {
  await page.goto(`/dashboard/${project}/workflows`);
  await expect(page.locator("html[data-live]")).toHaveCount(1);
  await page.getByLabel("Name", { exact: true }).fill(name);
  await page.getByLabel("Integration").selectOption(integration);
  await page.getByRole("button", { name: "Create workflow" }).click();
  await opened(page);
}

export async function opened(page: Page): Promise<void> {
  await page.waitForURL(/\/workflows\/[0-9a-f-]+$/);
  await expect(page.locator("html[data-live]")).toHaveCount(1);
  await expect(page.getByRole("button", { name: "Deploy" })).toBeVisible();
}

/** The event that starts it, made right there. */
export async function event(page: Page, name: string, example: object): Promise<void> {
  await page.getByRole("button", { name: "New event" }).click();
  await page.getByLabel("Name of the event").fill(name);
  await page.getByLabel("What it brings, for example").fill(JSON.stringify(example));
  await page.getByRole("button", { name: "Create event" }).click();
  await expect(page.locator("#step-trigger")).toContainText(name);
}

/** A step below what is selected. */
export async function add(page: Page, what: string): Promise<void> {
  await page.locator("#step-trigger").focus();
  const last = page.locator(".ed-card").last();
  await last.focus();
  await last.press("Enter");
  await last.click();
  await last.press("a");
  await page.getByRole("combobox", { name: "Find an action" }).fill(what);
  await page.keyboard.press("Enter");
  await expect(page.getByLabel("Title of the step")).toHaveValue(new RegExp(what, "i"));
}

/** Adds a step where a button of the canvas says so. */
export async function addAt(page: Page, place: string | RegExp, what: string, nth = 0): Promise<void> {
  const adder = page.getByRole("button", { name: place }).nth(nth);
  await adder.hover({ force: true });
  await adder.click({ force: true });
  await page.getByRole("combobox", { name: "Find an action" }).fill(what);
  await page.keyboard.press("Enter");
  await expect(page.getByLabel("Title of the step")).toHaveValue(new RegExp(what, "i"));
}

/** Writes into a field; `{{ name` chooses the variable of that name. */
export async function write(page: Page, label: string | RegExp, ...parts: string[]): Promise<void> {
  const field = page.locator("#panel").getByRole("combobox", { name: label, exact: typeof label === "string" });
  await field.click();
  for (const part of parts) {
    if (part.startsWith("{{")) {
      await page.keyboard.type(part);
      await expect(page.getByRole("listbox", { name: "Variables" })).toBeVisible();
      await page.keyboard.press("Enter");
      await expect(page.getByRole("listbox", { name: "Variables" })).toHaveCount(0);
    } else {
      await page.keyboard.type(part);
    }
  }
}

/** A field of a record, by the provider's name of it. */
export async function field(page: Page, name: string, ...parts: string[]): Promise<void> {
  await page.getByLabel("Name of a field to add").fill(name);
  await page.keyboard.press("Enter");
  await write(page, name, ...parts);
}

export async function deploy(page: Page): Promise<void> {
  await expect(page.getByText("No problems")).toBeVisible();
  await page.getByRole("button", { name: "Deploy", exact: true }).click();
  await page.getByRole("button", { name: "Deploy workflow" }).click();
  await expect(page.getByRole("status").filter({ hasText: "Version 1 is deployed." })).toBeVisible();
}

/** The host app's page as one of its users, with the portal of an integration open. */
export async function portal(
  context: BrowserContext,
  user: string,
  what: string,
  name: string,
  way: "Connect" | "Manage" = "Connect",
): Promise<[Page, FrameLocator]> {
  const page = await context.newPage();
  await page.goto(`${places.host}/?user=${user}-${stamp}&what=${what}`);
  await expect(page.getByRole("button", { name: `Create ${what}` })).toBeEnabled();
  await page.getByRole("button", { name: `${way} ${name}` }).click();
  const frame = page.frameLocator("iframe");
  await expect(frame.locator("html[data-live]")).toHaveCount(1);
  return [page, frame];
}

/** Connects an account as a user of the host app and switches a workflow on there; the portal stays open. */
export async function switchOn(context: BrowserContext, user: string, where: Connecting, name: string): Promise<Page> {
  const [host, frame] = await portal(context, user, where.what, where.integration);
  const [popup] = await Promise.all([
    context.waitForEvent("page"),
    frame.getByRole("button", { name: `Connect ${where.integration}` }).click(),
  ]);
  await popup.getByRole("button", { name: where.consent }).click();
  await frame.getByRole("switch", { name }).click();
  await expect(frame.getByRole("switch", { name })).toHaveAttribute("aria-checked", "true");
  return host;
}

/** Where an account is connected: on which page of the host app, at whom, by which button. */
export interface Connecting {
  what: string;
  integration: string;
  consent: string;
}

export const slack: Connecting = { what: "task", integration: "Slack", consent: "Allow" };
export const hubspot: Connecting = { what: "contact", integration: "HubSpot", consent: "Connect app" };

/** Sends an event as the host app does, through the SDK. */
export async function fire(page: Page, name: string, payload: object): Promise<void> {
  await page.evaluate(
    async ([name, payload]) => {
      const crm = await import("/crm.js" as string);
      await crm.publish(name, payload);
    },
    [name, payload] as const,
  );
}

/** The latest execution of a workflow, as the log shows it. */
export async function succeeded(page: Page, workflow: string): Promise<void> {
  await page.goto(`/dashboard/${project}/executions`);
  const row = page.getByRole("row", { name: new RegExp(workflow) }).first();
  await expect(row).toContainText("Succeeded");
}
