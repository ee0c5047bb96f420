// Workflows that start by themselves: on a schedule, and when somebody does something at the provider.

import { addAt, create, deploy, field, hubspot, slack, stamp, switchOn, write } from "./editor.js";
import { accessible, expect, looked, places, project, test } from "./fixtures.js";

/** The demo's app at HubSpot signs with this. */
const CLIENT_SECRET = "portico-demo-secret";

test("a workflow starts by itself for everybody who has it on", async ({ adminPage: page, context }) => {
  const name = `Every second ${stamp}`;
  await create(page, "slack", name);
  await page.getByLabel("It starts when").selectOption("scheduler");
  await page.getByLabel("Cron expression").fill("* * * * *  *  *");
  await expect(page.getByRole("button", { name: /Problems/ })).toBeVisible();
  await page.getByLabel("Cron expression").fill("* * * * * *");
  await page.getByLabel("Time zone").fill("Europe/Vjenna");
  await expect(page.getByText(/There is no time zone "Europe\/Vjenna"/)).toBeVisible();
  await page.getByLabel("Time zone").fill("Europe/Vienna");
  await expect(page.getByRole("listitem").filter({ hasText: /^\w{3} \d+ \w{3} \d{4}, .+ CE/ })).toHaveCount(3);
  await looked(page, "editor-schedule");
  await addAt(page, "Add a step here", "Function");
  await page.getByLabel("JavaScript").fill("function run() {\n  console.log('now');\n  return 1;\n}\n");
  await accessible(page);
  await deploy(page);

  const host = await switchOn(context, "schedules", slack, name);
  await page.goto(`/dashboard/${project}/executions`);
  const rows = page.getByRole("row", { name });
  await expect(rows.nth(1)).toContainText("Succeeded", { timeout: 30_000 });
  const own = host.frameLocator("iframe").getByRole("switch", { name });
  await own.click();
  await expect(own).toHaveAttribute("aria-checked", "false");
});

test("what somebody does at the provider starts a workflow", async ({ adminPage: page, context, request }) => {
  await page.goto(`/dashboard/${project}/integrations/hubspot`);
  const address = await page.locator("#webhook-url").innerText();

  const name = `Contact appeared ${stamp}`;
  await create(page, "hubspot", name);
  await page.getByLabel("It starts when").selectOption("integration");
  await page.getByLabel("What happens").selectOption({ label: "HubSpot · Record created" });
  await addAt(page, "Add a step here", "Get record");
  await write(page, /^Object/, "contacts");
  await write(page, /^Record/, "{{ Record id");
  await deploy(page);

  await switchOn(context, "hears", hubspot, name);
  const hook = `${places.sandbox}/hubspot/_sandbox/webhook`;
  expect((await request.put(hook, { data: { url: address, secret: CLIENT_SECRET } })).ok()).toBe(true);
  const made = { portal: 62515, object: "contacts", properties: { email: `heard.${stamp}@example.com` } };
  expect((await request.post(`${places.sandbox}/hubspot/_sandbox/records`, { data: made })).ok()).toBe(true);

  await page.goto(`/dashboard/${project}/executions`);
  await expect(page.getByRole("row", { name }).first()).toContainText("Succeeded", { timeout: 30_000 });
  await page.getByRole("row", { name }).first().getByRole("link").first().click();
  await page.locator(".run-path .node").first().click();
  await expect(page.locator(".tree-body").first()).toContainText("CRM_UI");

  // The integration's page tells of the delivery.
  await page.goto(`/dashboard/${project}/integrations/hubspot`);
  await expect(page.locator("#webhook")).toContainText("the last");
  await accessible(page);
  await request.delete(hook);
});

test("an account's address starts a workflow", async ({ adminPage: page, context, request }) => {
  const name = `Called from anywhere ${stamp}`;
  await create(page, "slack", name);
  await page.getByLabel("It starts when").selectOption("webhook");
  await page.getByRole("button", { name: "Add a field" }).click();
  await page.getByLabel("Name of the field").fill("who");
  await accessible(page);
  await addAt(page, "Add a step here", "Function");
  await field(page, "who", "{{ who");
  await page.getByLabel("JavaScript").fill("function run(input) {\n  return `Hello ${input.who}`;\n}\n");
  await deploy(page);

  const host = await switchOn(context, "called", slack, name);
  const shown = host.frameLocator("iframe").getByRole("listitem").filter({ hasText: name }).getByLabel("Webhook address");
  const address = await shown.inputValue();
  expect((await request.post(address, { data: {} })).status()).toBe(422);
  expect((await request.post(address, { data: { who: "Ada" } })).status()).toBe(202);

  await page.goto(`/dashboard/${project}/executions`);
  await page.getByRole("row", { name }).first().getByRole("link").first().click();
  await expect(page.locator(".tree-body").last()).toContainText("Hello Ada");
  await page.goto(`/dashboard/${project}/users`);
  await page.getByRole("row", { name: `called-${stamp}` }).getByRole("link").first().click();
  await expect(page.getByText(address)).toBeVisible();
  await looked(page, "user-webhook");
});
