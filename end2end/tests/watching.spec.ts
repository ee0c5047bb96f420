// What an administrator does once workflows run: finds out what failed and repeats it, lets another system hear of
// failures, shapes the portal, and lets workflows start by themselves.

import { expect, looked, places, project, test } from "./fixtures.js";
import type { BrowserContext, FrameLocator, Page } from "@playwright/test";

const stamp = Date.now();

async function visit(page: Page, tail: string): Promise<void> {
  await page.goto(`/dashboard/${project}${tail}`);
  await expect(page.locator("html[data-live]")).toHaveCount(1);
}

async function hostApp(context: BrowserContext, user: string): Promise<Page> {
  const page = await context.newPage();
  await page.goto(`${places.host}/?user=${user}-${stamp}&what=lead`);
  await expect(page.getByRole("button", { name: "Create lead" })).toBeEnabled();
  return page;
}

/** Opens the portal of Salesforce and connects an account there. */
async function connect(context: BrowserContext, page: Page): Promise<FrameLocator> {
  await page.getByRole("button", { name: "Connect Salesforce" }).click();
  const frame = page.frameLocator("iframe");
  await expect(frame.locator("html[data-live]")).toHaveCount(1);
  const [popup] = await Promise.all([
    context.waitForEvent("page"),
    frame.getByRole("button", { name: "Connect Salesforce" }).click(),
  ]);
  await popup.getByRole("button", { name: "Allow" }).click();
  await expect(frame.getByText("Connected as")).toBeVisible();
  return frame;
}

async function fire(page: Page, payload: object): Promise<void> {
  await page.evaluate(async (payload) => {
    const crm = await import("/crm.js" as string);
    await crm.publish("Lead Created", payload);
  }, payload);
}

test("what failed is found, understood and repeated", async ({ adminPage: page, context }) => {
  const host = await hostApp(context, "watched");
  const frame = await connect(context, host);
  await frame.getByRole("switch", { name: "Create a Salesforce lead" }).click();
  await expect(frame.getByRole("switch", { name: "Create a Salesforce lead" })).toHaveAttribute("aria-checked", "true");
  await host.keyboard.press("Escape");
  const last = `Foo ${stamp}`;
  for (const email of ["no address", "none either"]) {
    await fire(host, { first_name: "Bowie", last_name: last, email, company: "Acme" });
  }

  // The overview names it; what failed in the same way is one line.
  await visit(page, "");
  await page.getByRole("link", { name: "All failures" }).click();
  const trouble = page.locator(".trouble").filter({ hasText: "invalid email address" });
  await expect(trouble).toContainText(/\d users?/);
  await looked(page, "failures");
  await trouble.getByRole("link", { name: "See the executions" }).click();
  await page.getByRole("row", { name: /Create a Salesforce lead/ }).first().getByRole("link").first().click();
  await expect(page.getByText("Email: invalid email address").first()).toBeVisible();
  await looked(page, "execution-failed");

  // The same failure again with the same input; a lead with another.
  await page.getByRole("button", { name: "Replay", exact: true }).click();
  await expect(page.getByText("It runs on version")).toBeVisible();
  await looked(page, "replay");
  await page.getByLabel("Change what it begins with").check();
  const input = page.getByLabel("What it begins with, a JSON object");
  await input.fill("not JSON");
  await page.getByRole("button", { name: "Replay now" }).click();
  await expect(page.getByText("What it begins with is no JSON object")).toBeVisible();
  await input.fill(JSON.stringify({ first_name: "Bowie", last_name: last, email: "bowie@example.com", company: "Acme" }));
  const failed = page.url();
  await page.getByRole("button", { name: "Replay now" }).click();
  await page.waitForURL((url) => url.href !== failed);
  await expect(page.locator(".page-head")).toContainText("Succeeded");
  await looked(page, "execution-replayed");
  const org = await context.newPage();
  await org.goto(`${places.sandbox}/salesforce/acme/lightning/o/Lead/list`);
  await expect(org.getByText(last)).toHaveCount(1);

  // All of them at once, from where they failed; then it is marked as seen.
  await visit(page, "/failures");
  await trouble.getByRole("button", { name: /Replay all|Replay \d/ }).click();
  await page.getByRole("region", { name: "Replay many" }).getByRole("button", { name: /^Replay \d/ }).click();
  await expect(page.getByText("All have begun.")).toBeVisible();
  await looked(page, "replay-many");
  await page.getByRole("button", { name: "Close" }).click();
  await trouble.getByRole("button", { name: "Resolved" }).click();
  await expect(trouble.getByText("Resolved", { exact: true }).first()).toBeVisible();
});

test("a destination is added, tried and removed", async ({ adminPage: page }) => {
  await visit(page, "/settings/destinations");
  await looked(page, "destinations-none");
  await page.getByRole("button", { name: "Add destination" }).click();
  await expect(page.getByRole("alert")).toBeVisible();
  await page.getByLabel("Name", { exact: true }).fill(`Pager ${stamp}`);
  await page.getByLabel("Address").fill("http://pager.example/hooks");
  await page.getByRole("button", { name: "Add destination" }).click();
  await expect(page.getByText("Write an https address")).toBeVisible();
  // One of our own network: it can be written down, and nothing is ever sent there.
  await page.getByLabel("Address").fill("https://127.0.0.1/hooks");
  await page.getByRole("button", { name: "Add destination" }).click();
  await expect(page.getByText("It is shown this once.")).toBeVisible();
  await page.getByRole("button", { name: "I have kept it" }).click();
  await expect(page.getByText("It is shown this once.")).toHaveCount(0);
  const own = page.locator("section").filter({ has: page.getByRole("heading", { name: `Pager ${stamp}` }) });
  await own.getByRole("button", { name: "Send test" }).click();
  await own.getByText("Messages", { exact: true }).click();
  await expect(own.getByRole("listitem").first()).toContainText("Not delivered");
  await looked(page, "destinations");
  await own.getByRole("button", { name: "Remove" }).click();
  await own.getByRole("button", { name: "Remove destination" }).click();
  await expect(page.getByRole("heading", { name: `Pager ${stamp}` })).toHaveCount(0);
});

test("the portal is shaped beside itself, and its users see it once it is saved", async ({ adminPage: page, context }) => {
  await visit(page, "/integrations/salesforce/portal");
  const preview = page.frameLocator("iframe:not(.behind)");
  await expect(preview.getByRole("heading", { name: "Salesforce" })).toBeVisible();
  const line = `Leads, both ways. ${stamp}`;
  await page.getByLabel("One line under the name").fill(line);
  await expect(page.getByText("Not saved yet")).toBeVisible();
  await expect(preview.getByText(line)).toBeVisible();
  await page.getByLabel("Accent colour").fill("#0a7f");
  await expect(page.getByText("Write # and six digits: #5b5bd6.")).toBeVisible();
  await page.getByLabel("Accent colour").fill("#0a7f5a");
  await expect(page.getByText("Text on it is chosen for you")).toBeVisible();
  await page.getByLabel("Ask for").selectOption({ label: "E-mail address" });
  await page.getByRole("button", { name: "Add question" }).click();
  await page.locator("summary").filter({ hasText: "Edit" }).last().click();
  await page.getByLabel("What they read").last().fill("Who owns new leads");
  await page.getByLabel("Required: workflows do not run without an answer").last().uncheck();
  await looked(page, "portal-editor");

  // Before it is saved, nobody sees it.
  const before = await hostApp(context, "shaped");
  const frame = await connect(context, before);
  await expect(frame.getByText(line)).toHaveCount(0);
  await page.getByRole("button", { name: "Save portal" }).click();
  await expect(page.getByText("Saved", { exact: true })).toBeVisible();
  await before.reload();
  await expect(before.getByRole("button", { name: "Create lead" })).toBeEnabled();
  await before.getByRole("button", { name: "Manage Salesforce" }).click();
  await expect(before.frameLocator("iframe").getByText(line)).toBeVisible();
  await expect(before.frameLocator("iframe").getByLabel("Who owns new leads")).toBeVisible();

  // As it was, for the journeys after this one.
  await page.locator("summary").filter({ hasText: "Edit" }).last().click();
  if (!(await page.getByRole("button", { name: "Remove question" }).last().isVisible())) {
    await page.locator("summary").filter({ hasText: "Edit" }).last().click();
  }
  await page.getByRole("button", { name: "Remove question" }).last().click();
  await page.getByLabel("One line under the name").fill("");
  await page.getByLabel("Accent colour").fill("");
  await page.getByRole("button", { name: "Save portal" }).click();
  await expect(page.getByText("Saved", { exact: true })).toBeVisible();
});

test("who looks through an execution that goes on is not disturbed by news of it", async ({ adminPage: page, context }) => {
  const name = `Waits ${stamp}`;
  await visit(page, "/workflows");
  await page.getByLabel("Name", { exact: true }).fill(name);
  await page.getByLabel("Integration").selectOption("salesforce");
  await page.getByRole("button", { name: "Create workflow" }).click();
  await page.waitForURL(/\/workflows\/[0-9a-f-]+$/);
  await page.getByRole("button", { name: "More" }).click();
  await page.getByRole("button", { name: "Edit as a file" }).click();
  const file = page.getByRole("textbox", { name: "The file" });
  await expect(file).toHaveValue(/format = 1/);
  await file.fill(
    'format = 1\ntrigger = { kind = "app_event", event = "Lead Created" }\n' +
      '[[steps]]\nid = "wait"\ntitle = "Wait"\nkind = "delay"\ninputs = { amount = 1, unit = "hours" }\n',
  );
  await page.getByRole("button", { name: "Use this file" }).click();
  await expect(page.getByText("No problems")).toBeVisible();
  await page.getByRole("button", { name: "Deploy", exact: true }).click();
  await page.getByRole("button", { name: "Deploy workflow" }).click();
  await expect(page.getByRole("status").filter({ hasText: "Version 1 is deployed." })).toBeVisible();
  const host = await hostApp(context, "waits");
  const frame = await connect(context, host);
  await frame.getByRole("switch", { name }).click();
  await expect(frame.getByRole("switch", { name })).toHaveAttribute("aria-checked", "true");
  await host.keyboard.press("Escape");
  const lead = { first_name: "Ada", last_name: `Waits ${stamp}`, company: "Acme", email: "ada@example.com", more: Object.fromEntries([..."abcdefgh"].map((own) => [own, own])) };
  await fire(host, lead);

  await visit(page, "/executions");
  const own = await page.getByRole("row", { name }).first().getByRole("link").first().getAttribute("href");
  // A page of its own: the numbers of a moved clock's timers are too large for a module to stop one.
  await page.clock.install();
  await page.goto(own ?? "");
  await expect(page.locator(".page-head")).toContainText("Running");
  await page.locator(".run-path .node").first().click();
  const search = page.getByLabel("Search the input");
  await search.fill("last_name");
  const tree = page.getByRole("group", { name: "input" });
  await expect(tree).toContainText("last_name");
  await expect(tree).not.toContainText("company");
  await page.getByRole("button", { name: "Cancel", exact: true }).click();
  await looked(page, "execution-searched");
  // It is read again now and then.
  const read = page.waitForResponse((answer) => answer.url().includes("/executions/read"));
  await page.clock.fastForward(31_000);
  await read;
  await expect(search).toHaveValue("last_name");
  await expect(tree).not.toContainText("company");
  await search.fill("nothing of the kind");
  await expect(page.getByText("Nothing like it is in here.")).toBeVisible();
  await context.grantPermissions(["clipboard-read", "clipboard-write"], { origin: places.portico });
  await page.getByRole("button", { name: "Copy the input" }).click();
  expect(JSON.parse(await page.evaluate(() => navigator.clipboard.readText()))).toMatchObject({ last_name: `Waits ${stamp}` });
  // The question whether to cancel is still there, and its answer shows without a reload.
  await page.getByRole("button", { name: "Cancel execution" }).click();
  await expect(page.locator(".page-head")).toContainText("Cancelled");
  await expect(page.getByText("Nothing like it is in here.")).toBeVisible();
});

test("what is written beside what is saved stays, and two admins notice each other", async ({ adminPage: page, context }) => {
  await visit(page, "/app-events");
  const card = (name: string) => page.locator("section").filter({ has: page.getByRole("heading", { name, exact: true }) });
  const written = async (name: string) => {
    await card(name).getByText("Example", { exact: true }).click();
    return card(name).getByLabel("Example, as JSON");
  };
  const lead = await written("Lead Created");
  const before = await lead.inputValue();
  await lead.fill('{ "unsaved": true }');
  const task = await written("Task Created");
  const saved = await task.inputValue();
  await task.fill(JSON.stringify({ ...JSON.parse(saved), note: String(stamp) }));
  await card("Task Created").getByRole("button", { name: "Save example" }).click();
  await expect(card("Task Created").getByRole("button", { name: "Save example" })).toBeHidden();
  await expect(lead).toHaveValue('{ "unsaved": true }');
  expect(before).not.toBe('{ "unsaved": true }');
  await task.fill(saved);
  await card("Task Created").getByRole("button", { name: "Save example" }).click();
  await expect(card("Task Created").getByRole("button", { name: "Save example" })).toBeHidden();

  await visit(page, "/integrations/salesforce/portal");
  const other = await context.newPage();
  await visit(other, "/integrations/salesforce/portal");
  await page.getByLabel("One line under the name").fill(`First ${stamp}`);
  await page.getByRole("button", { name: "Save portal" }).click();
  await expect(page.getByText("Saved", { exact: true })).toBeVisible();
  await other.getByLabel("One line under the name").fill(`Second ${stamp}`);
  await other.getByRole("button", { name: "Save portal" }).click();
  await expect(other.getByText("Somebody else saved this portal meanwhile.")).toBeVisible();
  // Whoever leaves is asked; who stays has lost nothing.
  other.once("dialog", (asked) => void asked.dismiss());
  await other.getByRole("link", { name: "Workflows", exact: true }).click();
  await expect(other.getByLabel("One line under the name")).toHaveValue(`Second ${stamp}`);
  await other.getByRole("button", { name: "Load theirs" }).click();
  await expect(other.getByLabel("One line under the name")).toHaveValue(`First ${stamp}`);
  // What deployed workflows use is told before it is taken away.
  await other.locator("summary").filter({ hasText: "Edit" }).first().click();
  await other.getByRole("button", { name: "Remove question" }).first().click();
  await expect(other.getByText(/"Lead source" is used by .*Create a Salesforce lead/)).toBeVisible();
  await looked(other, "portal-editor-used");
  other.once("dialog", (asked) => void asked.accept());
  await other.getByRole("link", { name: "Workflows", exact: true }).click();
  await other.waitForURL(/\/workflows$/);
  await page.getByLabel("One line under the name").fill("");
  await page.getByRole("button", { name: "Save portal" }).click();
  await expect(page.getByText("Saved", { exact: true })).toBeVisible();
});
