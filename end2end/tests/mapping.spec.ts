// A mapping of fields that the host app says and fields that its user adds, by keyboard, until they are at the provider.

import { accessible, expect, places, test } from "./fixtures.js";

test("the app's fields and one of the user's own are mapped, and reach HubSpot", async ({ context }) => {
  const page = await context.newPage();
  await page.goto(`${places.host}/?user=mapping&what=contact`);
  await page.getByRole("button", { name: "Connect HubSpot" }).click();
  const frame = page.frameLocator("iframe");
  await expect(frame.locator("html[data-live]")).toHaveCount(1);
  const [popup] = await Promise.all([
    context.waitForEvent("page"),
    frame.getByRole("button", { name: "Connect HubSpot" }).click(),
  ]);
  await popup.getByRole("button", { name: "Connect app" }).click();
  await expect(frame.getByText("Connected as ada@acme.example")).toBeVisible();

  const mapped = frame.getByRole("group", { name: "Properties of yours" });
  const saved = mapped.getByText("✓ Saved");
  const choose = async (field: string, words: string, property: RegExp) => {
    const button = mapped.getByLabel(field, { exact: true });
    await button.focus();
    await page.keyboard.press("Enter");
    await expect(frame.getByRole("option").first()).toBeVisible();
    await page.keyboard.type(words);
    await expect(frame.getByRole("option", { name: property })).toBeVisible();
    await page.keyboard.press("Enter");
    await expect(button).toHaveText(property);
    await expect(button).toBeFocused();
    await expect(saved).toBeVisible();
  };
  // What the app says is there from the start.
  await choose("Position", "job title", /Job Title/);
  const add = mapped.getByRole("combobox", { name: "Add a field" });
  await add.focus();
  await page.keyboard.type("First name");
  await page.keyboard.press("Enter");
  await choose("First name", "city", /City/);
  await add.focus();
  await page.keyboard.type("Shoe size");
  await page.keyboard.press("Enter");
  await expect(mapped.getByLabel("Shoe size", { exact: true })).toBeVisible();
  await expect(add).toHaveValue("");
  await page.keyboard.type("Shoe size");
  await page.keyboard.press("Enter");
  await expect(mapped.getByRole("alert").getByText("This field is there already.")).toBeVisible();
  await accessible(page);
  await page.screenshot({ path: "screenshots/mapping-added.png" });

  await page.keyboard.press("Escape");
  await expect(page.locator("iframe")).toHaveCount(0);
  await page.getByRole("button", { name: "Manage HubSpot" }).click();
  await expect(frame.locator("html[data-live]")).toHaveCount(1);
  await expect(mapped.getByLabel("Position", { exact: true })).toHaveText(/Job Title/);
  await expect(mapped.getByLabel("First name", { exact: true })).toHaveText(/City/);
  await mapped.getByRole("button", { name: "Remove Shoe size" }).click();
  await expect(mapped.getByLabel("Shoe size", { exact: true })).toHaveCount(0);
  await expect(add).toBeFocused();
  await frame.getByRole("switch", { name: "Create a HubSpot contact" }).click();
  await expect(frame.getByRole("switch", { name: "Create a HubSpot contact" })).toHaveAttribute("aria-checked", "true");
  await page.keyboard.press("Escape");

  const email = `grace.${Date.now()}@example.com`;
  await page.getByLabel("First name").fill("Gracie");
  await page.getByLabel("Last name").fill("Hopper");
  await page.getByLabel("Email").fill(email);
  await page.getByLabel("Position").fill("Rear admiral");
  await page.getByRole("button", { name: "Create contact" }).click();
  await expect(page.getByText("On its way to HubSpot.")).toBeVisible();

  const records = await context.newPage();
  await records.goto(`${places.sandbox}/hubspot/contacts/62515/objects/contacts`);
  await records.getByRole("row", { name: email }).getByRole("link").click();
  await expect(records.getByRole("row", { name: "Job Title Rear admiral" })).toBeVisible();
  await expect(records.getByRole("row", { name: "City Gracie" })).toBeVisible();
});
