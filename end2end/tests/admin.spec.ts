// The administrator: keys made in the browser, origins, an integration, a workflow written as a file.

import { expect, test } from "./fixtures.js";

test("a project from nothing", async ({ adminPage: page }) => {
  await page.goto("/dashboard");
  await expect(page.locator("html[data-live]")).toHaveCount(1);
  const name = `Project ${Date.now()}`;
  await page.getByLabel("Name of the new project").fill(name);
  await page.getByRole("button", { name: "Create project" }).click();
  await page.getByRole("link", { name }).click();
  await expect(page.getByRole("heading", { level: 1, name })).toBeVisible();

  await page.getByRole("link", { name: "Settings", exact: true }).click();
  const sent: string[] = [];
  page.on("request", (request) => sent.push(request.postData() ?? ""));
  await page.getByRole("button", { name: "Create signing key" }).click();
  const key = await page.locator("#private-key").textContent();
  expect(key).toContain("BEGIN PRIVATE KEY");
  expect(sent.join("\n")).not.toContain("PRIVATE");
  await expect(page.getByText("Active", { exact: true })).toBeVisible();

  await page.getByText("Sign a user token for tests").click();
  await page.getByLabel("Private key, PEM").fill(key ?? "");
  await page.getByRole("button", { name: "Sign token" }).click();
  await expect(page.locator("#token")).toHaveText(/^ey[\w-]+\.[\w-]+\.[\w-]+$/);
  const token = await page.locator("#token").textContent();
  const id = new URL(page.url()).pathname.split("/")[2];
  const me = await page.request.get(`/projects/${id}/sdk/me`, { headers: { authorization: `Bearer ${token}` } });
  expect((await me.json()).userId).toBe("test-user");

  await page.getByLabel("Origin").fill("not an origin");
  await page.getByRole("button", { name: "Allow origin" }).click();
  await expect(page.getByRole("alert")).toContainText("https://app.example.com");
  await page.getByLabel("Origin").fill("https://app.example.com/");
  await page.getByRole("button", { name: "Allow origin" }).click();
  await expect(page.getByText("https://app.example.com", { exact: true })).toBeVisible();

  await page.getByRole("link", { name: "Integrations", exact: true }).click();
  await page.getByRole("link", { name: /Salesforce/ }).click();
  await expect(page.locator("#redirect-url")).toContainText(`/oauth/${id}/salesforce`);
  await page.getByLabel("Client id").fill("portico-demo");
  await page.getByLabel("Client secret").fill("portico-demo-secret");
  await page.getByRole("button", { name: "Activate integration" }).click();
  await expect(page.getByText("Active", { exact: true })).toBeVisible();

  await page.getByRole("link", { name: "App events", exact: true }).click();
  await page.getByLabel("Name", { exact: true }).fill("Lead Created");
  await page.getByRole("button", { name: "Define event" }).click();
  await expect(page.getByRole("heading", { name: "Lead Created" })).toBeVisible();

  await page.getByRole("link", { name: "Workflows", exact: true }).click();
  await page.getByLabel("Name", { exact: true }).fill("Leads");
  await page.getByLabel("Integration").selectOption("salesforce");
  await page.getByRole("button", { name: "Create workflow" }).click();
  await page.waitForURL(/\/workflows\/[0-9a-f-]+$/);
  await expect(page.locator("html[data-live]")).toHaveCount(1);
  await expect(page.getByRole("button", { name: "Problems: 2" })).toBeVisible();

  await page.getByRole("button", { name: "More" }).click();
  await page.getByRole("button", { name: "Edit as a file" }).click();
  const file = page.getByRole("textbox", { name: "The file" });
  await expect(file).toHaveValue(/format = 1/);
  const text = [
    "format = 1",
    'trigger = { kind = "app_event", event = "Lead Created" }',
    "[[steps]]",
    'id = "create"',
    'title = "Create record"',
    'kind = "action"',
    'integration = "salesforce"',
    'action = "create_record"',
    'inputs = { object = "Lead", fields = { LastName = "{{ trigger.last_name }}", Company = "Acme" } }',
  ].join("\n");
  await file.fill(text.replace("title =", "titel ="));
  await page.getByRole("button", { name: "Use this file" }).click();
  await expect(page.getByText(/Line 5: .*titel.*title/)).toBeVisible();
  await file.fill(text);
  await page.getByRole("button", { name: "Use this file" }).click();
  await expect(page.getByText("No problems")).toBeVisible();
  await page.getByRole("button", { name: "Deploy", exact: true }).click();
  await page.getByRole("button", { name: "Deploy workflow" }).click();
  await expect(page.getByRole("status").filter({ hasText: "Version 1 is deployed." })).toBeVisible();
});

test("the real portal as a test user, and an event in its name", async ({ adminPage: page }) => {
  await page.goto(`/dashboard/${process.env["PORTICO_PROJECT"]}/try-it`);
  await expect(page.locator("html[data-live]")).toHaveCount(1);
  await page.getByLabel("Integration").selectOption("salesforce");
  await page.getByRole("button", { name: "Open portal" }).click();
  await expect(page.frameLocator("iframe").getByRole("button", { name: "Connect Salesforce" })).toBeVisible();

  await page.getByLabel("Event", { exact: true }).selectOption("Lead Created");
  await page.getByLabel("Payload, as JSON").fill("[1]");
  await page.getByRole("button", { name: "Send event" }).click();
  await expect(page.getByRole("alert")).toContainText("The payload is no JSON object");
  await page.getByLabel("Payload, as JSON").fill('{ "last_name": "Lovelace" }');
  await page.getByRole("button", { name: "Send event" }).click();
  await page.getByRole("link", { name: "See what it started" }).click();
  await expect(page.getByText("The user has connected no account").first()).toBeVisible();
});

test("a theme is chosen once, for this browser", async ({ adminPage: page }) => {
  await page.goto(`/dashboard/${process.env["PORTICO_PROJECT"]}`);
  await expect(page.locator("html[data-live]")).toHaveCount(1);
  await page.getByRole("button", { name: "Account" }).click();
  await page.getByRole("button", { name: "Dark" }).click();
  await expect(page.locator("html")).toHaveAttribute("data-theme", "dark");
  await page.reload();
  await expect(page.locator("html")).toHaveAttribute("data-theme", "dark");
});
