// Settings by keyboard: an owner from a list of the account's, properties mapped onto the app's own fields.

import { accessible, expect, places, test } from "./fixtures.js";
import type { BrowserContext, FrameLocator, Page } from "@playwright/test";

/** The portal of HubSpot, connected, in the host app of a user of the journey's own. */
async function connected(context: BrowserContext, user: string): Promise<[Page, FrameLocator]> {
  const page = await context.newPage();
  await page.goto(`${places.host}/?user=${user}&what=contact`);
  await page.getByRole("button", { name: "Connect HubSpot" }).click();
  const frame = page.frameLocator("iframe");
  await expect(frame.locator("html[data-live]")).toHaveCount(1);
  const [popup] = await Promise.all([
    context.waitForEvent("page"),
    frame.getByRole("button", { name: "Connect HubSpot" }).click(),
  ]);
  await popup.getByRole("button", { name: "Connect app" }).click();
  await expect(frame.getByText("Connected as ada@acme.example")).toBeVisible();
  return [page, frame];
}

test("an owner is chosen and fields are mapped by keyboard, and both are there the next time", async ({ context }) => {
  const [page, frame] = await connected(context, "settings-keyboard");
  const owner = frame.getByRole("button", { name: "Owner of new records" });
  await owner.focus();
  await page.keyboard.press("Enter");
  const search = frame.getByRole("combobox", { name: "Search" });
  await expect(search).toBeFocused();
  await expect(frame.getByRole("option").first()).toBeVisible();
  // Escape closes the list, not the portal, and gives the focus back.
  await page.keyboard.press("Escape");
  await expect(search).toHaveCount(0);
  await expect(owner).toBeFocused();
  await page.keyboard.press("Enter");
  await expect(search).toBeFocused();
  await page.keyboard.type("owner007");
  await expect(frame.getByRole("option")).toHaveCount(1);
  await page.screenshot({ path: "screenshots/settings-owner.png" });
  await page.keyboard.press("Enter");
  await expect(owner).toHaveText(/owner007/);
  await expect(owner).toBeFocused();
  await expect(frame.getByText("✓ Saved")).toHaveCount(1);

  const mapped = frame.getByRole("group", { name: "Properties of yours" });
  const email = mapped.getByRole("button", { name: "Email" });
  await email.focus();
  await page.keyboard.press("Enter");
  await expect(frame.getByRole("option").first()).toBeVisible();
  await page.keyboard.type("job title");
  await expect(frame.getByRole("option", { name: /Job Title/ })).toBeVisible();
  const active = await search.getAttribute("aria-activedescendant");
  await expect(frame.locator(`[id="${active}"]`)).toHaveAttribute("role", "option");
  await page.keyboard.press("Enter");
  await expect(email).toHaveText(/Job Title/);
  await expect(frame.getByText("✓ Saved")).toHaveCount(2);
  await accessible(page);
  await page.screenshot({ path: "screenshots/settings-mapping.png" });

  await frame.getByRole("switch", { name: "Create a HubSpot contact" }).focus();
  await page.keyboard.press("Space");
  await expect(frame.getByRole("switch", { name: "Create a HubSpot contact" })).toHaveAttribute("aria-checked", "true");
  await page.keyboard.press("Escape");
  await expect(page.locator("iframe")).toHaveCount(0);
  await page.getByRole("button", { name: "Manage HubSpot" }).click();
  await expect(frame.locator("html[data-live]")).toHaveCount(1);
  await expect(owner).toHaveText(/owner007/);
  await expect(email).toHaveText(/Job Title/);
  await expect(frame.getByText(/no longer exists/)).toHaveCount(0);
  await page.keyboard.press("Escape");

  const address = `grace.${Date.now()}@example.com`;
  await page.getByLabel("First name").fill("Grace");
  await page.getByLabel("Last name").fill("Hopper");
  await page.getByLabel("Email").fill(address);
  await page.getByRole("button", { name: "Create contact" }).click();
  await expect(page.getByText("On its way to HubSpot.")).toBeVisible();
});

test("a long list is drawn only near the eye, and read to its end", async ({ context, request }) => {
  await request.post(`${places.sandbox}/hubspot/_sandbox/seed`, { data: { owners: 5000 } });
  const [page, frame] = await connected(context, "settings-long");
  await frame.getByRole("button", { name: "Owner of new records" }).click();
  await expect(frame.getByRole("option").first()).toBeVisible();
  const list = frame.getByRole("listbox");
  // The last of what is loaded asks for the next page.
  await list.evaluate((own) => own.scrollTo(0, own.scrollHeight));
  await expect(frame.getByText(/1000 so far/)).toBeVisible();
  expect(await frame.getByRole("option").count()).toBeLessThan(100);
  // HubSpot cannot search owners: everything is loaded to be searched, and how far it is is told.
  let go = () => {};
  const held = new Promise<void>((resolve) => (go = resolve));
  await page.route("**/_fn/portal/choices", async (route) => {
    await held;
    await route.continue();
  });
  await frame.getByRole("combobox", { name: "Search" }).fill("owner4999");
  await expect(frame.getByText("HubSpot cannot search; 1000 loaded so far, 0 found…")).toBeVisible();
  go();
  await expect(frame.getByRole("option")).toHaveCount(1);
  await expect(frame.getByText("1 to choose from")).toBeVisible();
  await page.keyboard.press("PageDown");
  await page.keyboard.press("Enter");
  await expect(frame.getByRole("button", { name: "Owner of new records" })).toHaveText(/owner4999/);
  await request.post(`${places.sandbox}/hubspot/_sandbox/seed`, { data: { owners: 120 } });
});
