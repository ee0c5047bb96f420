// The four tutorials, built from nothing in the editor, deployed, switched on in the portal, started through the
// SDK and seen at the provider and in the log.

import { AxeBuilder } from "@axe-core/playwright";
import { expect, places, project, test } from "./fixtures.js";
import type { BrowserContext, FrameLocator, Page } from "@playwright/test";

/** WCAG 2.2 AA: what is promised. */
const RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"];

const stamp = Date.now();

/** A new workflow, open in the editor. */
async function create(page: Page, integration: string, name: string): Promise<void> {
  await page.goto(`/dashboard/${project}/workflows`);
  await expect(page.locator("html[data-live]")).toHaveCount(1);
  await page.getByLabel("Name", { exact: true }).fill(name);
  await page.getByLabel("Integration").selectOption(integration);
  await page.getByRole("button", { name: "Create workflow" }).click();
  await opened(page);
}

async function opened(page: Page): Promise<void> {
  await page.waitForURL(/\/workflows\/[0-9a-f-]+$/);
  await expect(page.locator("html[data-live]")).toHaveCount(1);
  await expect(page.getByRole("button", { name: "Deploy" })).toBeVisible();
}

/** The event that starts it, made right there. */
async function event(page: Page, name: string, example: object): Promise<void> {
  await page.getByRole("button", { name: "New event" }).click();
  await page.getByLabel("Name of the event").fill(name);
  await page.getByLabel("What it brings, for example").fill(JSON.stringify(example));
  await page.getByRole("button", { name: "Create event" }).click();
  await expect(page.locator("#step-trigger")).toContainText(name);
}

/** A step below what is selected. */
async function add(page: Page, what: string): Promise<void> {
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

/** Writes into a field; `{{ name` chooses the variable of that name. */
async function write(page: Page, label: string | RegExp, ...parts: string[]): Promise<void> {
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
async function field(page: Page, name: string, ...parts: string[]): Promise<void> {
  await page.getByLabel("Name of a field to add").fill(name);
  await page.keyboard.press("Enter");
  await write(page, name, ...parts);
}

async function deploy(page: Page): Promise<void> {
  await expect(page.getByText("No problems")).toBeVisible();
  await page.getByRole("button", { name: "Deploy", exact: true }).click();
  await page.getByRole("button", { name: "Deploy workflow" }).click();
  await expect(page.getByRole("status").filter({ hasText: "Version 1 is deployed." })).toBeVisible();
}

/** Nothing on the page keeps anybody out. */
async function accessible(page: Page): Promise<void> {
  const found = await new AxeBuilder({ page }).withTags(RULES).analyze();
  expect(found.violations.map((own) => `${own.id}: ${own.nodes.map((node) => node.target).join(", ")}`)).toEqual([]);
}

/** The host app's page as one of its users, with the portal of an integration open. */
async function portal(context: BrowserContext, user: string, what: string, name: string): Promise<[Page, FrameLocator]> {
  const page = await context.newPage();
  await page.goto(`${places.host}/?user=${user}-${stamp}&what=${what}`);
  await expect(page.getByRole("button", { name: `Create ${what}` })).toBeEnabled();
  await page.getByRole("button", { name: `Connect ${name}` }).click();
  const frame = page.frameLocator("iframe");
  await expect(frame.locator("html[data-live]")).toHaveCount(1);
  return [page, frame];
}

/** Sends an event as the host app does, through the SDK. */
async function fire(page: Page, name: string, payload: object): Promise<void> {
  await page.evaluate(
    async ([name, payload]) => {
      const crm = await import("/crm.js" as string);
      await crm.publish(name, payload);
    },
    [name, payload] as const,
  );
}

/** The latest execution of a workflow, as the log shows it. */
async function succeeded(page: Page, workflow: string): Promise<void> {
  await page.goto(`/dashboard/${project}/executions`);
  const row = page.getByRole("row", { name: new RegExp(workflow) }).first();
  await expect(row).toContainText("Succeeded");
}

test("a lead in Salesforce", async ({ adminPage: page, context }) => {
  const name = `Lead to Salesforce ${stamp}`;
  const started = `Lead Created ${stamp}`;
  await create(page, "salesforce", name);
  await accessible(page);
  await event(page, started, { first_name: "Bowie", last_name: "Foo", email: "bowie@example.com", company: "Acme", title: "CTO" });
  await add(page, "Create record");
  await expect(page.getByRole("button", { name: "Problems: 2" })).toBeVisible();
  await write(page, /^Object/, "Lead");
  await field(page, "FirstName", "{{ first");
  await field(page, "LastName", "{{ last");
  await field(page, "Email", "{{ email");
  await field(page, "Company", "{{ company");
  // What it becomes stands beside the field.
  await expect(page.getByText("→ Preview: Bowie", { exact: true })).toBeVisible();
  await accessible(page);
  await page.screenshot({ path: "screenshots/editor-salesforce.png" });
  await deploy(page);

  const [host, frame] = await portal(context, "editor-salesforce", "lead", "Salesforce");
  const [popup] = await Promise.all([
    context.waitForEvent("page"),
    frame.getByRole("button", { name: "Connect Salesforce" }).click(),
  ]);
  await popup.getByRole("button", { name: "Allow" }).click();
  await frame.getByRole("switch", { name }).click();
  await expect(frame.getByRole("switch", { name })).toHaveAttribute("aria-checked", "true");
  await host.keyboard.press("Escape");
  const last = `Ziggy ${stamp}`;
  await fire(host, started, { first_name: "David", last_name: last, email: "d@example.com", company: "Mars" });
  const org = await context.newPage();
  await org.goto(`${places.sandbox}/salesforce/acme/lightning/o/Lead/list`);
  await expect(async () => {
    await org.reload();
    await expect(org.getByText(last)).toBeVisible({ timeout: 500 });
  }).toPass();
  await succeeded(page, name);

  // A test carries the step out for real, as that user, and shows what came of it.
  await page.goto(`/dashboard/${project}/workflows`);
  await page.getByRole("link", { name }).click();
  await opened(page);
  await page.locator("#step-create_record").click();
  await page.getByRole("button", { name: "Test step" }).click();
  await expect(page.getByRole("group", { name: "Output" })).toContainText("success");
  await page.getByRole("button", { name: "Test", exact: true }).click();
  await page.getByRole("button", { name: "Run the test" }).click();
  await expect(page.getByText("The workflow succeeded")).toBeVisible();
  await accessible(page);
});

test("a contact in HubSpot", async ({ adminPage: page, context }) => {
  const name = `Contact to HubSpot ${stamp}`;
  const started = `Contact Created ${stamp}`;
  await create(page, "hubspot", name);
  await event(page, started, { first_name: "Bowie", last_name: "Foo", email: "bowie@example.com", company: "Acme", title: "CTO" });
  await add(page, "Create contact");
  await write(page, "Email", "{{ email");
  await write(page, "First name", "{{ first");
  await write(page, "Last name", "{{ last");
  await deploy(page);

  const [host, frame] = await portal(context, "editor-hubspot", "contact", "HubSpot");
  const [popup] = await Promise.all([
    context.waitForEvent("page"),
    frame.getByRole("button", { name: "Connect HubSpot" }).click(),
  ]);
  await popup.getByRole("button", { name: "Connect app" }).click();
  await frame.getByRole("switch", { name }).click();
  await expect(frame.getByRole("switch", { name })).toHaveAttribute("aria-checked", "true");
  await host.keyboard.press("Escape");
  const email = `editor.${stamp}@example.com`;
  await fire(host, started, { first_name: "Grace", last_name: "Hopper", email });
  const records = await context.newPage();
  await records.goto(`${places.sandbox}/hubspot/contacts/62515/objects/contacts`);
  await expect(async () => {
    await records.reload();
    await expect(records.getByText(email)).toBeVisible({ timeout: 500 });
  }).toPass();
  await succeeded(page, name);
});

test("a lead on the Marketo list that its user chooses", async ({ adminPage: page, context }) => {
  const name = `Lead to Marketo ${stamp}`;
  const started = `Lead Signed Up ${stamp}`;
  await create(page, "marketo", name);
  await event(page, started, { email: "bowie@example.com", last_name: "Foo" });
  await add(page, "Create or update lead");
  await field(page, "email", "{{ email");
  await field(page, "lastName", "{{ last");
  // The question to the end user: which list.
  await page.locator("#canvas").focus();
  await page.getByRole("button", { name: "More" }).click();
  await page.getByRole("button", { name: "Commands" }).click();
  await page.getByRole("combobox", { name: "Find a command" }).fill("workflow settings");
  await page.keyboard.press("Enter");
  await page.getByLabel("Add a setting").selectOption({ label: "Static lists" });
  await page.getByRole("button", { name: "Add", exact: true }).click();
  await expect(page.getByText("The setting was added.")).toBeVisible();
  await add(page, "Add leads to list");
  await write(page, /^List/, "{{ static");
  await write(page, /^Leads/, "{{ lead id");
  await page.screenshot({ path: "screenshots/editor-marketo.png" });
  await deploy(page);

  const [host, frame] = await portal(context, "editor-marketo", "lead", "Marketo");
  await frame.getByLabel("Client id").fill("portico-demo");
  await frame.getByLabel("Client secret").fill("portico-demo-secret");
  await frame.getByLabel("Endpoint").fill("https://123-ABC-456.mktorest.com/rest");
  await frame.getByLabel("Identity").fill("https://123-ABC-456.mktorest.com/identity");
  await frame.getByRole("button", { name: "Connect Marketo" }).click();
  const own = frame.getByRole("button", { name: "Static lists" });
  await own.click();
  await frame.getByRole("combobox", { name: "Search" }).fill("spring");
  await frame.getByRole("option", { name: /Spring webinar/ }).click();
  await expect(own).toHaveText(/Spring webinar/);
  await frame.getByRole("switch", { name }).click();
  await expect(frame.getByRole("switch", { name })).toHaveAttribute("aria-checked", "true");
  await host.keyboard.press("Escape");
  const email = `editor.${stamp}@example.com`;
  await fire(host, started, { email, last_name: "Lovelace" });
  const list = await context.newPage();
  await list.goto(`${places.sandbox}/marketo/123-abc-456/lists/1001`);
  await expect(async () => {
    await list.reload();
    await expect(list.getByText(email)).toBeVisible({ timeout: 500 });
  }).toPass();
  await succeeded(page, name);
});

test("a message in Slack, built with the keyboard alone", async ({ adminPage: page, context }) => {
  const name = `Task to Slack ${stamp}`;
  const started = `Task Created ${stamp}`;
  await create(page, "slack", name);
  const type = (text: string) => page.keyboard.type(text);
  const press = async (...keys: string[]) => {
    for (const key of keys) {
      await page.keyboard.press(key);
    }
  };
  /** Goes on until something has the focus. */
  const tabTo = async (what: string) => {
    for (let count = 0; count < 60; count += 1) {
      await press("Tab");
      const focused = await page.evaluate(() => {
        const own = document.activeElement;
        const words = own?.tagName === "BUTTON" ? own.textContent : "";
        return `${own?.id} ${own?.getAttribute("aria-label") ?? ""} ${words}`;
      });
      if (focused.includes(what)) {
        return;
      }
    }
    throw new Error(`${what} cannot be reached with Tab`);
  };
  await tabTo("New event");
  await press("Enter");
  await type(started);
  await tabTo("event-example");
  await press("Control+A");
  await type('{"creator": "Ada", "summary": "Call", "priority": "High", "status": "Open"}');
  await tabTo("Create event");
  await press("Enter");
  await expect(page.locator("#step-trigger")).toContainText(started);
  // The question to the end user: which channel.
  await press("Control+k");
  await type("workflow settings");
  await press("Enter");
  await tabTo("add-setting");
  await type("Channels");
  await tabTo("Add");
  await press("Enter");
  await expect(page.locator(".ed-setting")).toHaveCount(1);
  await press("Control+k");
  await type("add a step");
  await press("Enter");
  await type("send message in channel");
  await press("Enter");
  await tabTo("-channel");
  await type("{{ channels");
  await press("Enter");
  await tabTo("-text");
  await type("New: {{ summary");
  await press("Enter");
  await type(" by {{ creator");
  await press("Enter");
  await expect(page.locator(".ed-preview").filter({ hasText: "New: Call by Ada" })).toBeVisible();
  await expect(page.getByText("No problems")).toBeVisible();
  await press("Control+k");
  await type("deploy");
  await press("Enter");
  await expect(page.getByRole("button", { name: "Deploy workflow" })).toBeEnabled();
  await tabTo("Deploy workflow");
  await press("Enter");
  await expect(page.getByRole("status").filter({ hasText: "Version 1 is deployed." })).toBeVisible();
  await page.screenshot({ path: "screenshots/editor-slack.png" });

  const [host, frame] = await portal(context, "editor-slack", "task", "Slack");
  const [popup] = await Promise.all([
    context.waitForEvent("page"),
    frame.getByRole("button", { name: "Connect Slack" }).click(),
  ]);
  await popup.getByRole("button", { name: "Allow" }).click();
  const own = frame.getByRole("button", { name: "Channels" });
  await own.click();
  await frame.getByRole("combobox", { name: "Search" }).fill("tasks");
  await frame.getByRole("option", { name: /tasks/ }).click();
  await expect(own).toHaveText(/tasks/);
  await frame.getByRole("switch", { name }).click();
  await expect(frame.getByRole("switch", { name })).toHaveAttribute("aria-checked", "true");
  await host.keyboard.press("Escape");
  const summary = `Call Grace ${stamp}`;
  await fire(host, started, { creator: "Ada", summary, priority: "High", status: "Open" });
  const channel = await context.newPage();
  await channel.goto(`${places.sandbox}/slack/client/T0ACME/C0TASKS`);
  await expect(async () => {
    await channel.reload();
    await expect(channel.getByText(summary)).toBeVisible({ timeout: 500 });
  }).toPass();
  await succeeded(page, name);
});

test("two editors notice each other", async ({ adminPage: page, context }) => {
  await create(page, "slack", `Two editors ${stamp}`);
  const other = await context.newPage();
  await other.goto(page.url());
  await opened(other);
  await page.keyboard.press("Escape");
  await page.getByLabel("Name of the workflow").fill(`Two editors, first ${stamp}`);
  await page.getByLabel("Name of the workflow").blur();
  await expect(page.getByText("Draft saved")).toBeVisible();
  await other.getByLabel("Name of the workflow").fill(`Two editors, second ${stamp}`);
  await other.getByLabel("Name of the workflow").blur();
  await expect(other.getByText("Somebody else changed this workflow.")).toBeVisible();
  await other.getByRole("button", { name: "Take theirs" }).click();
  await expect(other.getByLabel("Name of the workflow")).toHaveValue(`Two editors, first ${stamp}`);
  await expect(other.getByText("Draft saved")).toBeVisible();
});
