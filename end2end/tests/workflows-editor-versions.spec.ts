// From a draft to versions and back, out of Portico as a file and back in, and away.

import { add, create, deploy, event, opened, stamp } from "./editor.js";
import { accessible, expect, project, test } from "./fixtures.js";
import { readFile } from "node:fs/promises";

test("what has problems is not deployed; versions are compared and restored", async ({ adminPage: page }) => {
  await create(page, "slack", `Versions ${stamp}`);
  const dialog = page.getByRole("dialog");
  await page.getByRole("button", { name: "Deploy", exact: true }).click();
  await expect(dialog.getByText("It cannot be deployed yet")).toBeVisible();
  await expect(dialog.getByRole("button", { name: "Deploy workflow" })).toBeDisabled();
  await dialog.getByRole("button", { name: "Not now" }).click();
  await event(page, `Versions ${stamp}`, { name: "Ada" });
  await add(page, "Delay");
  await deploy(page);

  await page.getByLabel("Title of the step").fill("Wait a little");
  await expect(page.getByText("Draft saved")).toBeVisible();
  await page.getByRole("button", { name: "Deploy", exact: true }).click();
  await expect(dialog.getByText("What becomes different")).toBeVisible();
  await expect(dialog.locator("ins")).toContainText("Wait a little");
  await dialog.getByRole("button", { name: "Deploy workflow" }).click();
  await expect(page.getByRole("status").filter({ hasText: "Version 2 is deployed." })).toBeVisible();

  await page.getByRole("button", { name: "Versions", exact: true }).click();
  await expect(dialog.getByRole("button", { name: "Version 2" })).toContainText("Runs now");
  await dialog.getByRole("button", { name: /^Version 1/ }).click();
  await expect(dialog.getByText("What the draft changed since version 1")).toBeVisible();
  await accessible(page);
  await dialog.getByRole("button", { name: "Restore version 1" }).click();
  await expect(page.getByLabel("Title of the step")).toHaveValue("Delay");
  await page.getByRole("button", { name: "Undo" }).click();
  await expect(page.getByLabel("Title of the step")).toHaveValue("Wait a little");
});

test("a workflow leaves as a file, comes back as another one, and is deleted", async ({ adminPage: page }) => {
  const name = `Travels ${stamp}`;
  await create(page, "slack", name);
  await add(page, "Delay");
  const dialog = page.getByRole("dialog");
  const more = async (what: string) => {
    await page.getByRole("button", { name: "More" }).click();
    await page.getByRole("button", { name: what }).click();
  };
  await more("Edit as a file");
  await expect(dialog.getByLabel("The file")).toHaveValue(/kind = "delay"/);
  const [download] = await Promise.all([page.waitForEvent("download"), dialog.getByRole("button", { name: "Download" }).click()]);
  expect(download.suggestedFilename()).toBe(`travels-${stamp}.toml`);
  const text = await readFile(await download.path(), "utf8");
  const choose = (field: string, name: string, text: string) =>
    page.getByLabel(field).setInputFiles({ name, mimeType: "application/toml", buffer: Buffer.from(text) });

  // What is no workflow is told in words, at its line; what is too large before it is read.
  await choose("Choose a file", "broken.toml", text.replace("kind", "knid"));
  await dialog.getByRole("button", { name: "Use this file" }).click();
  await expect(dialog.getByText(/^\s*Line \d+: /)).toBeVisible();
  await choose("Choose a file", "large.toml", "x".repeat(1_200_000));
  await expect(dialog.getByText("large.toml has 1.2 MB; a workflow has 1 MB at most.")).toBeVisible();
  await choose("Choose a file", "better.toml", text.replace('title = "Delay"', 'title = "Wait for the file"'));
  await dialog.getByRole("button", { name: "Use this file" }).click();
  await expect(page.locator("#step-delay")).toContainText("Wait for the file");
  await expect(page.getByText("Draft saved")).toBeVisible();

  await page.goto(`/dashboard/${project}/workflows`);
  await expect(page.locator("html[data-live]")).toHaveCount(1);
  await choose("From a file", `${name}, again.toml`, text);
  await expect(page.getByLabel("Name", { exact: true })).toHaveValue(`${name}, again`);
  await page.getByLabel("Integration").selectOption("slack");
  await accessible(page);
  await page.screenshot({ path: "screenshots/workflows-from-file.png", fullPage: true });
  await page.getByRole("button", { name: "Create workflow" }).click();
  await opened(page);
  await expect(page.locator("#step-delay")).toContainText("Delay");

  await more("Delete workflow");
  await expect(dialog.getByText("Nobody has it on.")).toBeVisible();
  await expect(page.locator("#more")).toBeHidden();
  await accessible(page);
  await page.screenshot({ path: "screenshots/editor-delete.png" });
  await dialog.getByRole("button", { name: "Delete this workflow" }).click();
  await page.waitForURL(/\/workflows$/);
  await expect(page.getByRole("link", { name, exact: true })).toBeVisible();
  await expect(page.getByRole("link", { name: `${name}, again` })).toHaveCount(0);
});
