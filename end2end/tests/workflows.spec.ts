// The four tutorials, built from nothing in the editor, deployed, switched on in the portal, started through the
// SDK and seen at the provider and in the log.

import { add, create, deploy, event, field, fire, opened, portal, stamp, succeeded, write } from "./editor.js";
import { accessible, expect, places, project, test } from "./fixtures.js";

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
  await other.getByRole("button", { name: "See what differs" }).click();
  await other.getByRole("button", { name: "Take theirs" }).click();
  await expect(other.getByLabel("Name of the workflow")).toHaveValue(`Two editors, first ${stamp}`);
  await expect(other.getByText("Draft saved")).toBeVisible();
});
