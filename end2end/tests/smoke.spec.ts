// Whether everything is there at all: the first thing to look at when all journeys fail.

import { expect, places, test } from "./fixtures.js";

test("the dashboard asks a stranger to sign in", async ({ page }) => {
  await page.goto("/dashboard");
  await expect(page).toHaveURL(/\/sign-in/);
});

test("a link signs its own browser in and no other", async ({ adminPage, anotherBrowser }) => {
  await adminPage.goto("/dashboard");
  await expect(adminPage).toHaveURL(/\/dashboard/);

  const elsewhere = await (await anotherBrowser()).newPage();
  await elsewhere.goto("/dashboard");
  await expect(elsewhere).toHaveURL(/\/sign-in/);
});

test("the host app's page, on another site, has the SDK", async ({ page }) => {
  await page.goto(places.host);
  await expect
    .poll(() => page.evaluate(() => typeof (globalThis as { portico?: unknown }).portico))
    .not.toBe("undefined");
});
