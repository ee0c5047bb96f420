// What is edited is stored, or it is told why not: two editors, a server that does not answer, a name that is taken.

import { add, create, opened, stamp } from "./editor.js";
import { accessible, expect, test } from "./fixtures.js";
import type { Page } from "@playwright/test";

async function retitle(page: Page, title: string): Promise<void> {
  await page.locator("#step-delay").click();
  await page.getByLabel("Title of the step").fill(title);
}

test("of two editors one is kept, and the other hears of a real difference only", async ({ adminPage: page, context }) => {
  await create(page, "slack", `Together ${stamp}`);
  await add(page, "Delay");
  await expect(page.getByText("Draft saved")).toBeVisible();
  const other = await context.newPage();
  await other.goto(page.url());
  await opened(other);

  await retitle(page, "Wait for Ada");
  await expect(page.getByText("Draft saved")).toBeVisible();
  await retitle(other, "Wait for Grace");
  await expect(other.getByText("Somebody else changed this workflow.")).toBeVisible();
  await other.getByRole("button", { name: "See what differs" }).click();
  const dialog = other.getByRole("dialog");
  await expect(dialog.locator("del")).toContainText("Wait for Ada");
  await expect(dialog.locator("ins")).toContainText("Wait for Grace");
  await accessible(other);
  await other.screenshot({ path: "screenshots/editor-conflict.png" });
  await dialog.getByRole("button", { name: "Take theirs" }).click();
  await expect(other.locator("#step-delay")).toContainText("Wait for Ada");
  await expect(other.getByText("Draft saved")).toBeVisible();

  // Taking theirs stored nothing: whoever wrote it goes on undisturbed.
  await retitle(page, "Wait for Ada again");
  await expect(page.getByText("Draft saved")).toBeVisible();
  await expect(page.getByText("Somebody else changed this workflow.")).toHaveCount(0);

  // Where one deploys, the choice is there as well.
  await retitle(other, "Wait for Barbara");
  await other.getByRole("button", { name: "Deploy", exact: true }).click();
  await dialog.getByRole("button", { name: "Keep mine" }).click();
  await expect(dialog.getByText("What it will do")).toBeVisible();
  await page.reload();
  await opened(page);
  await expect(page.locator("#step-delay")).toContainText("Wait for Barbara");
});

test("what cannot be saved is told, also where one deploys, and is not lost by a reload", async ({ adminPage: page }) => {
  await create(page, "slack", `Unsaved ${stamp}`);
  await add(page, "Delay");
  await expect(page.getByText("Draft saved")).toBeVisible();
  await page.route("**/editor/save", (route) => route.abort());
  await retitle(page, "Wait for a better network");
  await expect(page.getByText("Not saved:")).toBeVisible();
  await page.getByRole("button", { name: "Deploy", exact: true }).click();
  const dialog = page.getByRole("dialog");
  await expect(dialog.getByText("Your last edits are not saved")).toBeVisible();
  await accessible(page);

  const asked = page.waitForEvent("dialog");
  await page.evaluate(() => setTimeout(() => location.reload()));
  const question = await asked;
  expect(question.type()).toBe("beforeunload");
  await question.dismiss();

  await page.unroute("**/editor/save");
  await dialog.getByRole("button", { name: "Try again" }).click();
  await expect(dialog.getByText("What it will do")).toBeVisible();
  await page.reload();
  await opened(page);
  await expect(page.locator("#step-delay")).toContainText("Wait for a better network");
});

test("a name that is taken is told at its field, and everything else is saved", async ({ adminPage: page }) => {
  const name = `Well named ${stamp}`;
  await create(page, "slack", name);
  const field = page.getByLabel("Name of the workflow");
  await field.fill("Announce tasks in Slack");
  await field.blur();
  await expect(page.locator("#name-problem")).toContainText("choose another name");
  await add(page, "Delay");
  await expect(page.getByText("Draft saved")).toBeVisible();
  await accessible(page);
  await page.screenshot({ path: "screenshots/editor-name-taken.png" });
  page.once("dialog", (question) => question.accept());
  await page.reload();
  await opened(page);
  await expect(field).toHaveValue(name);
  await expect(page.locator("#step-delay")).toBeVisible();
});
