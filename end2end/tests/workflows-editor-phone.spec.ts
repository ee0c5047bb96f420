// The editor in a narrow window, where the panel lies over the canvas.

import { create, stamp } from "./editor.js";
import { expect, looked, test } from "./fixtures.js";

test("everything can be reached on a phone", async ({ adminPage: page }) => {
  await create(page, "slack", `Phone ${stamp}`);
  const narrow = () => page.setViewportSize({ width: 360, height: 800 });
  /** In both themes, wide and narrow; then goes on in the narrow window. */
  const seen = async (name: string) => {
    await looked(page, `editor-phone-${name}`);
    await narrow();
  };
  await narrow();
  await page.reload();
  await expect(page.getByRole("button", { name: "Deploy" })).toBeVisible();
  const panel = page.locator("#panel");
  await expect(panel).toBeHidden();
  await seen("canvas");

  await page.getByRole("button", { name: "Workflow settings" }).click();
  await expect(panel.getByLabel("What your users read under its name")).toBeVisible();
  await expect(panel.getByText("Who may have it")).toBeVisible();
  await seen("workflow");
  await panel.getByRole("button", { name: "Close the panel" }).click();
  await expect(panel).toBeHidden();

  // A click beside everything, a problem, a command and a new step lead into the panel too.
  await page.locator("#canvas").click({ position: { x: 20, y: 300 } });
  await expect(panel.getByLabel("What your users read under its name")).toBeVisible();
  await panel.getByRole("button", { name: "Close the panel" }).click();
  await page.getByRole("button", { name: /^Problems/ }).click();
  await page.locator("#problems button").first().click();
  await expect(panel.getByLabel("It starts when")).toBeVisible();
  await panel.getByRole("button", { name: "Close the panel" }).click();
  await page.getByRole("button", { name: "More" }).click();
  await page.getByRole("button", { name: "Commands" }).click();
  await seen("palette");
  await page.getByRole("combobox", { name: "Find a command" }).fill("add a step");
  await page.keyboard.press("Enter");
  await page.getByRole("combobox", { name: "Find an action" }).fill("Send message in channel");
  await page.keyboard.press("Enter");
  await expect(panel.getByLabel("Title of the step")).toBeFocused();
  await panel.locator("textarea[id$='-text']").pressSequentially("{{");
  await expect(page.getByRole("listbox", { name: "Variables" })).toBeVisible();
  await seen("variables");
  await page.keyboard.press("Escape");
  await panel.getByRole("button", { name: "Close the panel" }).click();

  await page.getByRole("button", { name: "Deploy", exact: true }).click();
  await expect(page.getByText("It cannot be deployed yet")).toBeVisible();
  await seen("deploy");
});
