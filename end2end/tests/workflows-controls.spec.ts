// Every kind of setting once, as its user meets it in the portal; and a choice that is lost.

import { create, opened, stamp } from "./editor.js";
import { accessible, expect, looked, places, test } from "./fixtures.js";
import type { BrowserContext, FrameLocator, Page } from "@playwright/test";

const FILE = `format = 1
trigger = { kind = "app_event", event = "Lead Created" }
settings = [
  { key = "company", title = "Company", type = "TEXT_NO_VARS", default = "Acme", tooltip = "As your customers know it." },
  { key = "about", title = "About", type = "TEXTAREA_NO_VARS", required = false },
  { key = "score", title = "Score", type = "NUMBER", min = -1, max = 10, required = false },
  { key = "mail", title = "Mail", type = "EMAIL", required = false },
  { key = "site", title = "Site", type = "URL", required = false, placeholder = "https://example.com" },
  { key = "token", title = "Token", type = "PASSWORD", required = false },
  { key = "loud", title = "Loud", type = "SWITCH", required = false },
  { key = "source", title = "Source", type = "ENUM", required = false, options = [{ value = "web", label = "Web" }, { value = "fair", label = "Trade fair" }] },
  { key = "pair", title = "Pair", type = "COMBO_INPUT", main = "objects", dependent = "fields", required = false },
  { key = "team", title = "Team", type = "CUSTOM_DROPDOWN", dropdown = "teams", required = false },
  { key = "address", title = "Address", type = "COPYABLE_BUTTON_INPUT", value = "https://acme.example/in/{{ user.id }}" },
  { key = "rights", title = "Rights", type = "PERMISSION", required = false, scopes = [{ name = "read", label = "Read", required = true }, { name = "write", label = "Write" }] },
  { key = "rows", title = "Rows", type = "FILE", required = false, accept = [".csv"], max_bytes = 100 },
]

[[steps]]
id = "create"
title = "Create record"
kind = "action"
integration = "salesforce"
action = "create_record"
inputs = { object = "Lead", fields = { LastName = "{{ trigger.last_name }}", Company = "{{ settings.company }}" } }
`;

/** Puts a file in the place of what the editor has, and deploys it. */
async function deployed(page: Page, text: string, version: number): Promise<void> {
  await page.getByRole("button", { name: "More" }).click();
  await page.getByRole("button", { name: "Edit as a file" }).click();
  const file = page.getByRole("textbox", { name: "The file" });
  await expect(file).toHaveValue(/format = 1/);
  await file.fill(text);
  await page.getByRole("button", { name: "Use this file" }).click();
  await expect(page.getByText("No problems")).toBeVisible();
  await page.getByRole("button", { name: "Deploy", exact: true }).click();
  await page.getByRole("button", { name: "Deploy workflow" }).click();
  await expect(page.getByRole("status").filter({ hasText: `Version ${version} is deployed.` })).toBeVisible();
}

/** The host app of a user of the journey's own, which passes a dropdown to the portal. */
async function host(context: BrowserContext, user: string): Promise<Page> {
  const page = await context.newPage();
  await page.goto(`${places.host}/?user=${user}-${stamp}&what=lead`);
  await expect(page.getByRole("button", { name: "Create lead" })).toBeEnabled();
  return page;
}

/** Opens the portal, and the settings of a workflow in it. */
async function portal(page: Page): Promise<FrameLocator> {
  await page.evaluate(() => {
    const own = window as unknown as { portico: { connect(integration: string, options: object): Promise<unknown> } };
    const teams = [
      { label: "Blue", value: "b" },
      { label: "Green", value: "g" },
    ];
    // It resolves when the portal is closed again.
    void own.portico.connect("salesforce", { dropdowns: { teams } });
  });
  const frame = page.frameLocator("iframe");
  await expect(frame.locator("html[data-live]")).toHaveCount(1);
  return frame;
}

test("every kind of setting is answered, kept, and there the next time", async ({ adminPage: admin, context }) => {
  const name = `Every control ${stamp}`;
  await create(admin, "salesforce", name);
  await deployed(admin, FILE, 1);
  const page = await host(context, "controls");
  let frame = await portal(page);
  const [popup] = await Promise.all([
    context.waitForEvent("page"),
    frame.getByRole("button", { name: "Connect Salesforce" }).click(),
  ]);
  await popup.getByRole("button", { name: "Allow" }).click();
  const own = () => frame.locator(".workflow").filter({ hasText: name });
  await own().getByRole("switch", { name }).click();
  await expect(own().getByRole("switch", { name })).toHaveAttribute("aria-checked", "true");

  // A default is there, with a hint; what is wrong is told at its place.
  await expect(own().getByLabel("Company")).toHaveValue("Acme");
  await expect(own().getByText("As your customers know it.")).toBeVisible();
  await expect(own().getByLabel("Site")).toHaveAttribute("placeholder", "https://example.com");
  const enter = async (label: string, text: string) => {
    await own().getByLabel(label, { exact: true }).fill(text);
    await own().getByLabel(label, { exact: true }).blur();
  };
  const wrong: [string, string, RegExp, string][] = [
    ["Score", "eleven", /a number/, "+.5"],
    ["Mail", "ada", /ada@example\.com/, "ada@example.com"],
    ["Site", "acme", /https:\/\//, "https://acme.example"],
  ];
  for (const [label, slip, words, text] of wrong) {
    await enter(label, slip);
    await expect(own().getByRole("alert").filter({ hasText: words })).toBeVisible();
    await enter(label, text);
    await expect(own().getByRole("alert").filter({ hasText: words })).toHaveCount(0);
  }
  await enter("About", "Two lines,\nof text");
  await enter("Token", "shh");
  await expect(own().getByText("•••• saved")).toBeVisible();
  await own().getByLabel("Loud", { exact: true }).check();
  await own().getByLabel("Source", { exact: true }).selectOption("Trade fair");
  await own().getByLabel("Write", { exact: true }).check();
  await expect(own().getByLabel("Read", { exact: true })).toBeDisabled();

  // A file is text; what is none is refused.
  const rows = own().getByLabel("Rows", { exact: true });
  await rows.setInputFiles({ name: "rows.csv", mimeType: "text/csv", buffer: Buffer.from([0x61, 0xe4, 0x62]) });
  await expect(own().getByText("Choose a file of text, in UTF-8.")).toBeVisible();
  await rows.setInputFiles({ name: "rows.csv", mimeType: "text/csv", buffer: Buffer.from("a,ä") });
  await expect(own().getByText("rows.csv saved")).toBeVisible();

  // What there is to copy is the user's own.
  await expect(own().getByLabel("Address", { exact: true })).toHaveValue(new RegExp(`/in/controls-${stamp}$`));
  await own().getByRole("button", { name: "Copy" }).click();

  // Two choices of which the second depends on the first, and one of the host app's.
  const choose = async (label: string, search: string, option: RegExp) => {
    await own().getByRole("button", { name: label }).click();
    await own().getByRole("combobox", { name: "Search" }).fill(search);
    await own().getByRole("option", { name: option }).first().click();
    await expect(own().getByRole("button", { name: label })).toHaveText(option);
  };
  const pair = own().getByRole("group", { name: "Pair" });
  await expect(pair.getByRole("button", { name: "Fields" })).toBeDisabled();
  await choose("Objects", "lead", /Lead/);
  await choose("Fields", "last", /Last Name/);
  await own().getByRole("button", { name: "Team" }).click();
  await expect(own().getByRole("option", { name: "Green" })).toBeVisible();
  await accessible(page);
  await page.screenshot({ path: "screenshots/controls-picker.png" });
  await own().getByRole("option", { name: "Green" }).click();
  await expect(own().getByText("Saving…")).toHaveCount(0);
  await looked(page, "controls");

  // All of it is there the next time.
  await page.keyboard.press("Escape");
  await expect(page.locator("iframe")).toHaveCount(0);
  frame = await portal(page);
  await expect(own().getByLabel("Score", { exact: true })).toHaveValue("0.5");
  await expect(own().getByLabel("About", { exact: true })).toHaveValue("Two lines,\nof text");
  await expect(own().getByLabel("Source", { exact: true })).toHaveValue("fair");
  await expect(own().getByLabel("Loud", { exact: true })).toBeChecked();
  await expect(own().getByLabel("Write", { exact: true })).toBeChecked();
  await expect(own().getByText("•••• saved")).toBeVisible();
  await expect(own().getByText("rows.csv saved")).toBeVisible();
  await expect(own().getByRole("button", { name: "Fields" })).toHaveText(/Last Name/);
  await expect(own().getByRole("button", { name: "Team" })).toHaveText(/Green/);
  await page.keyboard.press("Escape");
  await expect(page.locator("iframe")).toHaveCount(0);

  // A choice that is offered no more is told beside its question.
  await opened(admin);
  await deployed(admin, FILE.replace('"fair", label = "Trade fair"', '"show", label = "Show"'), 2);
  frame = await portal(page);
  await expect(own().getByText('"fair" is not offered any more; choose another one.')).toBeVisible();
  await accessible(page);
  await own().getByLabel("Source", { exact: true }).selectOption("Show");
  await expect(own().getByText("is not offered any more")).toHaveCount(0);
});
