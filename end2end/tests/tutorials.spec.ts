// The other three tutorials: from a host page through the portal to what arrives at the provider.

import { expect, places, test } from "./fixtures.js";
import type { BrowserContext, FrameLocator, Page } from "@playwright/test";

function portal(page: Page): FrameLocator {
  return page.frameLocator("iframe");
}

/** The host app, about to add something, as a user of the journey's own. */
async function hostApp(context: BrowserContext, user: string, what: string): Promise<Page> {
  const page = await context.newPage();
  await page.goto(`${places.host}/?user=${user}&what=${what}`);
  await expect(page.getByRole("button", { name: `Create ${what}` })).toBeEnabled();
  return page;
}

/** Opens the portal of an integration and waits until its controls answer. */
async function open(page: Page, name: string): Promise<FrameLocator> {
  await page.getByRole("button", { name: `Connect ${name}` }).click();
  await expect(portal(page).locator("html[data-live]")).toHaveCount(1);
  return portal(page);
}

test("a contact reaches HubSpot", async ({ context }) => {
  const page = await hostApp(context, "tutorial-hubspot", "contact");
  const frame = await open(page, "HubSpot");
  const [popup] = await Promise.all([
    context.waitForEvent("page"),
    frame.getByRole("button", { name: "Connect HubSpot" }).click(),
  ]);
  await popup.getByRole("button", { name: "Connect app" }).click();
  await expect(frame.getByText("Connected as ada@acme.example")).toBeVisible();
  await frame.getByRole("switch", { name: "Create a HubSpot contact" }).click();
  await expect(frame.getByRole("switch")).toHaveAttribute("aria-checked", "true");
  await page.screenshot({ path: "screenshots/tutorial-hubspot.png" });
  await page.keyboard.press("Escape");

  const email = `grace.${Date.now()}@example.com`;
  await page.getByLabel("First name").fill("Grace");
  await page.getByLabel("Last name").fill("Hopper");
  await page.getByLabel("Email").fill(email);
  await page.getByRole("button", { name: "Create contact" }).click();
  await expect(page.getByText("On its way to HubSpot.")).toBeVisible();

  const records = await context.newPage();
  await records.goto(`${places.sandbox}/hubspot/contacts/62515/objects/contacts`);
  await expect(records.getByText(email)).toBeVisible();
  await records.screenshot({ path: "screenshots/sandbox-hubspot.png" });
});

test("a lead is added to the Marketo list that its user chose", async ({ context }) => {
  const page = await hostApp(context, "tutorial-marketo", "lead");
  const frame = await open(page, "Marketo");
  const connect = frame.getByRole("button", { name: "Connect Marketo" });
  await connect.click();
  await expect(frame.getByText("Enter the Client id.")).toBeVisible();
  await frame.getByLabel("Client id").fill("portico-demo");
  await frame.getByLabel("Client secret").fill("not the secret");
  await frame.getByLabel("Endpoint").fill("https://123-ABC-456.mktorest.com/rest");
  await frame.getByLabel("Identity").fill("https://123-ABC-456.mktorest.com/identity");
  await connect.click();
  await expect(frame.getByText("Marketo does not accept this client id and secret")).toBeVisible();
  await page.screenshot({ path: "screenshots/tutorial-marketo-refused.png" });
  await frame.getByLabel("Client secret").fill("portico-demo-secret");
  await connect.click();
  await expect(frame.getByText("Connected as api@acme.example")).toBeVisible();

  // Switching on asks for what is missing; the list is found by typing.
  await frame.getByRole("switch").click();
  await expect(frame.getByText('Answer "List" before switching this workflow on.')).toBeVisible();
  await frame.getByRole("button", { name: "List" }).click();
  await frame.getByRole("combobox", { name: "Search" }).fill("spring");
  await page.screenshot({ path: "screenshots/picker-marketo.png" });
  await frame.getByRole("option", { name: /Spring webinar/ }).click();
  await expect(frame.getByRole("button", { name: "List" })).toHaveText(/Spring webinar/);
  await frame.getByRole("switch").click();
  await expect(frame.getByRole("switch")).toHaveAttribute("aria-checked", "true");
  await page.screenshot({ path: "screenshots/tutorial-marketo.png" });
  await page.keyboard.press("Escape");

  const email = `ada.${Date.now()}@example.com`;
  await page.getByLabel("Last name").fill("Lovelace");
  await page.getByLabel("Company").fill("Analytical Engines");
  await page.getByLabel("Email").fill(email);
  await page.getByRole("button", { name: "Create lead" }).click();
  await expect(page.getByText("On its way to Marketo.")).toBeVisible();

  const list = await context.newPage();
  await list.goto(`${places.sandbox}/marketo/123-abc-456/lists/1001`);
  await expect(list.getByText(email)).toBeVisible();
  await list.screenshot({ path: "screenshots/sandbox-marketo.png" });
});

test("a task is announced in the Slack channel that its user chose, by keyboard", async ({ context, request }) => {
  await request.post(`${places.sandbox}/slack/_sandbox/seed`, { data: { channels: 5000 } });
  const page = await hostApp(context, "tutorial-slack", "task");
  const frame = await open(page, "Slack");
  const [popup] = await Promise.all([
    context.waitForEvent("page"),
    frame.getByRole("button", { name: "Connect Slack" }).click(),
  ]);
  await popup.getByRole("button", { name: "Allow" }).click();
  await expect(frame.getByText("Connected as Acme")).toBeVisible();
  await frame.getByRole("button", { name: "Channel" }).focus();
  await page.keyboard.press("Enter");
  await expect(frame.getByRole("option", { name: /general/ })).toBeVisible();
  // Slack cannot search channels: everything is loaded, and how far it is can be seen.
  await page.keyboard.type("project-04998");
  await expect(frame.getByRole("option")).toHaveCount(1);
  await page.keyboard.press("Control+A");
  await page.keyboard.type("tasks");
  await expect(frame.getByRole("option", { name: /tasks/ })).toBeVisible();
  await page.keyboard.press("Enter");
  await expect(frame.getByRole("button", { name: "Channel" })).toHaveText(/tasks/);
  await expect(frame.getByRole("button", { name: "Channel" })).toBeEnabled();
  await frame.getByRole("switch").focus();
  await page.keyboard.press("Space");
  await expect(frame.getByRole("switch")).toHaveAttribute("aria-checked", "true");
  await page.screenshot({ path: "screenshots/tutorial-slack.png" });
  await page.keyboard.press("Escape");

  const summary = `Call Grace ${Date.now()}`;
  await page.getByLabel("Summary").fill(summary);
  await page.getByLabel("Priority").selectOption("High");
  await page.getByRole("button", { name: "Create task" }).click();
  await expect(page.getByText("On its way to Slack.")).toBeVisible();

  const channel = await context.newPage();
  await channel.goto(`${places.sandbox}/slack/client/T0ACME/C0TASKS`);
  await expect(channel.getByText(summary)).toBeVisible();
  await channel.screenshot({ path: "screenshots/sandbox-slack.png" });
});

test("a user connects a second account beside the first", async ({ context }) => {
  const page = await hostApp(context, "tutorial-two", "task");
  const frame = await open(page, "Slack");
  const connect = frame.getByRole("button", { name: "Connect Slack" });
  for (const [workspace, before] of [["Acme", 0], ["Globex", 1]] as const) {
    if (before > 0) {
      await frame.getByRole("button", { name: "Connect another account" }).click();
    }
    const [popup] = await Promise.all([context.waitForEvent("page"), connect.click()]);
    await popup.getByLabel(new RegExp(workspace)).first().check();
    await popup.getByRole("button", { name: "Allow" }).click();
    await expect(frame.getByText(`Connected as ${workspace}`)).toBeVisible();
  }
  await expect(frame.getByText("Connected as Acme")).toBeVisible();
  await expect(connect).toHaveCount(0);
  await expect(frame.getByRole("switch")).toHaveCount(2);
});
