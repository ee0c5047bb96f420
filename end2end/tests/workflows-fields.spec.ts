// The fields of the editor: long lists that the provider cannot search, accounts of other integrations, what is wrong
// and where, what a call must carry.

import { add, create, deploy, event, hubspot, opened, portal, slack, stamp } from "./editor.js";
import type { Connecting } from "./editor.js";
import { accessible, expect, looked, places, test } from "./fixtures.js";
import type { BrowserContext } from "@playwright/test";

/** Connects an account as a user of the host app. */
async function connect(context: BrowserContext, user: string, where: Connecting): Promise<void> {
  const [page, frame] = await portal(context, user, where.what, where.integration);
  const [popup] = await Promise.all([
    context.waitForEvent("page"),
    frame.getByRole("button", { name: `Connect ${where.integration}` }).click(),
  ]);
  await popup.getByRole("button", { name: where.consent }).click();
  await expect(frame.getByText("Connected as")).toBeVisible();
  await page.close();
}

test("a list that the provider cannot search is read on until what is sought is there", async ({ adminPage: page, context, request }) => {
  const seed = `${places.sandbox}/hubspot/_sandbox/seed`;
  await request.post(seed, { data: { owners: 5000 } });
  await connect(context, "fields", hubspot);
  await create(page, "hubspot", `Fields ${stamp}`);
  await event(page, `Field filled ${stamp}`, { email: "ada@example.com" });
  await add(page, "Create contact");
  const owner = page.getByRole("group", { name: "Contact owner" });
  const button = owner.getByRole("button").last();
  await button.focus();
  await page.keyboard.press("Enter");
  const search = owner.getByRole("combobox", { name: "Search" });
  await expect(search).toBeFocused();
  const options = owner.getByRole("option");
  await expect(owner.getByText(/^500 so far/)).toBeVisible();
  // Only the rows near the eye are drawn, and the active one is seen and named.
  expect(await options.count()).toBeLessThan(100);
  const active = async () => owner.locator(`[id="${await search.getAttribute("aria-activedescendant")}"]`);
  for (let count = 0; count < 12; count += 1) await page.keyboard.press("ArrowDown");
  await expect(await active()).toHaveAttribute("aria-posinset", "13");
  await expect(await active()).toBeInViewport();
  await owner.getByRole("listbox").evaluate((own) => own.scrollTo(0, own.scrollHeight));
  await expect(owner.getByText(/^1000 so far/)).toBeVisible();
  expect(await options.count()).toBeLessThan(100);
  await looked(page, "editor-choices");

  // How far it is is told while it goes on.
  let go = () => {};
  const held = new Promise<void>((resolve) => (go = resolve));
  await page.route("**/_fn/dashboard/editor/choices", async (route) => {
    await held;
    await route.continue();
  });
  await search.fill("owner4999");
  await expect(owner.getByText("HubSpot cannot search; 1000 loaded so far, 0 found…")).toBeVisible();
  go();
  await expect(options).toHaveCount(1);
  await expect(owner.getByText("1 to choose from")).toBeVisible();
  await page.keyboard.press("Enter");
  await expect(search).toHaveCount(0);
  await expect(button).toBeFocused();
  await expect(button).toHaveText(/owner4999/);
  await request.post(seed, { data: { owners: 120 } });

  // Escape closes the list alone, and what is not there is told.
  await page.keyboard.press("Enter");
  await search.fill("nobody at all");
  await expect(owner.getByText("Nothing is called that.")).toBeVisible();
  await page.keyboard.press("Escape");
  await expect(search).toHaveCount(0);
  await expect(button).toBeFocused();
});

test("a step of another integration is filled in from the same user's account there", async ({ adminPage: page, context }) => {
  const name = `Both ${stamp}`;
  await create(page, "hubspot", name);
  await expect(page.getByText(/then come back|Preview as/).first()).toBeVisible();
  // Who comes back finds the account that was connected meanwhile.
  await connect(context, "both", hubspot);
  await page.evaluate(() => window.dispatchEvent(new Event("focus")));
  await expect(page.getByLabel("Preview as")).toContainText(`both-${stamp}`);
  await page.reload();
  await opened(page);
  await event(page, `Both filled ${stamp}`, { email: "ada@example.com" });
  await add(page, "Send message in channel");
  const channel = page.getByRole("group", { name: /^Channel/ });
  await channel.getByRole("button", { name: "Choose", exact: true }).click();
  await expect(channel.getByText("This user has no account of Slack")).toBeVisible();
  await connect(context, "both", slack);
  await channel.getByRole("button", { name: "Refresh" }).click();
  await channel.getByRole("combobox", { name: "Search" }).fill("tasks");
  await channel.getByRole("option", { name: /tasks/ }).click();
  await expect(channel.getByRole("button", { name: /tasks/ })).toBeVisible();
  // What was chosen has its name for whoever opens it later, too.
  await expect(page.getByText("Draft saved")).toBeVisible();
  await page.reload();
  await opened(page);
  await page.locator(".ed-card").last().click();
  await expect(channel.getByRole("button", { name: /tasks/ })).toBeVisible();
});

test("what would be refused at deployment is told while one writes, and leads to its place", async ({ adminPage: page }) => {
  await create(page, "slack", `Problems ${stamp}`);
  await page.getByLabel("It starts when").selectOption("request");
  await page.getByRole("button", { name: "Add a field" }).click();
  await page.getByLabel("Name of the field").fill("count");
  await page.getByLabel("Its type").selectOption({ label: "a number" });
  await page.getByLabel("Only if it is").fill("5");
  await accessible(page);
  await add(page, "Function");
  await page.getByLabel("Name of a field to add").fill("key");
  await page.keyboard.press("Enter");
  await page.locator("#panel").getByRole("combobox", { name: "key" }).fill("{{ secrets.nothing_of_the_kind }}");
  await expect(page.getByRole("button", { name: "Problems: 1" })).toBeVisible();
  await page.locator("#step-trigger").click();
  await page.getByRole("button", { name: "Deploy", exact: true }).click();
  await expect(page.getByRole("button", { name: "Deploy workflow" })).toBeDisabled();
  await page.getByRole("button", { name: /There is no secret "nothing_of_the_kind"/ }).click();
  await expect(page.getByLabel("Title of the step")).toHaveValue("Function");
  // Waits that are taken out to be written anew leave their field.
  await page.getByText("If it fails", { exact: true }).click();
  await page.getByLabel("Tried again").selectOption("own");
  await page.getByLabel("Waits, in seconds").fill("");
  await page.getByLabel("Waits, in seconds").fill("5, 50");
  await page.locator("#panel").getByRole("combobox", { name: "key" }).fill("{{ trigger.body.count }}");
  await deploy(page);
  await page.getByRole("button", { name: "More" }).click();
  await page.getByRole("button", { name: "Edit as a file" }).click();
  const file = page.getByRole("textbox", { name: "The file" });
  await expect(file).toHaveValue(/type = "number"/);
  await expect(file).toHaveValue(/equals = "5"/);
  await expect(file).toHaveValue(/5,\s+50/);
});

test("what is typed before a list has come is searched by the provider, in the editor and in the portal", async ({ adminPage: page, context }) => {
  const name = `Typed early ${stamp}`;
  await connect(context, "early", hubspot);
  await create(page, "hubspot", name);
  await page.getByRole("button", { name: "More" }).click();
  await page.getByRole("button", { name: "Edit as a file" }).click();
  const file = page.getByRole("textbox", { name: "The file" });
  await expect(file).toHaveValue(/format = 1/);
  await file.fill(
    'format = 1\ntrigger = { kind = "app_event", event = "Contact Created" }\n' +
      'settings = [{ key = "list", title = "List", type = "DYNAMIC_ENUM", source = "lists", required = false }]\n' +
      '[[steps]]\nid = "add"\ntitle = "Add records to list"\nkind = "action"\nintegration = "hubspot"\naction = "add_to_list"\n' +
      'inputs = { list = "{{ settings.list }}", records = [] }\n',
  );
  await page.getByRole("button", { name: "Use this file" }).click();
  await deploy(page);
  const [host, frame] = await portal(context, "early", "contact", "HubSpot", "Manage");

  const both = [
    { own: page, within: page.getByRole("group", { name: /^List/ }), calls: "**/_fn/dashboard/editor/choices" },
    { own: host, within: frame.locator(".workflow").filter({ hasText: name }), calls: "**/_fn/portal/choices" },
  ];
  await page.locator("#step-add").click();
  for (const { own, within, calls } of both) {
    let go = () => {};
    const held = new Promise<void>((resolve) => (go = resolve));
    await own.route(calls, async (route) => {
      await held;
      await route.continue();
    });
    await own.bringToFront();
    await within.getByRole("button").filter({ hasText: /Choose/ }).click();
    await within.getByRole("combobox", { name: "Search" }).fill("trade");
    // Nothing has come: there is nothing to take.
    await own.keyboard.press("Enter");
    await expect(within.getByRole("option")).toHaveCount(0);
    go();
    await expect(within.getByRole("option")).toHaveCount(1);
    await own.keyboard.press("Enter");
    await expect(within.getByRole("button").filter({ hasText: "Trade fair" })).toBeVisible();
  }
});
