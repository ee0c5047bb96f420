// The editor by keyboard: walking the tree, moving through it, and taking back what was written.

import { create, stamp } from "./editor.js";
import { expect, project, test } from "./fixtures.js";

test("a tree is walked and changed by keys alone", async ({ adminPage: page }) => {
  await create(page, "slack", `Keys ${stamp}`);
  await expect(page).toHaveTitle(`Keys ${stamp} · Portico`);
  const press = async (...keys: string[]) => {
    for (const key of keys) {
      await page.keyboard.press(key);
    }
  };
  const find = async (what: string) => {
    await expect(page.getByRole("combobox", { name: "Find an action" })).toBeFocused();
    await page.keyboard.type(what);
    await press("Enter");
    await expect(page.getByLabel("Title of the step")).toBeFocused();
  };
  const [yes, no] = [page.locator(".ed-branch").first(), page.locator(".ed-branch").last()];
  const [delay, copy, condition] = [page.locator("#step-delay"), page.locator("#step-delay_2"), page.locator("#step-condition")];

  await page.locator("#step-trigger").focus();
  await press("a");
  await find("Condition");
  // Buttons of the canvas are pressed by Enter like any other.
  await yes.getByRole("button", { name: "Add a step here" }).focus();
  await press("Enter");
  await find("Delay");
  await page.getByRole("button", { name: "Zoom in" }).focus();
  await press("Enter");
  await expect(page.getByRole("button", { name: "Zoom to 100 %" })).toHaveText("120 %");

  // From one branch into the other, out of it, and back in.
  await delay.focus();
  await press("Alt+ArrowDown");
  await expect(no.locator("#step-delay")).toBeFocused();
  await press("Alt+ArrowDown");
  await expect(page.locator(".ed-branch #step-delay")).toHaveCount(0);
  await expect(delay).toBeFocused();
  await press("Alt+ArrowUp");
  await expect(no.locator("#step-delay")).toBeFocused();

  // What is removed leaves the focus with its neighbour.
  await press("Control+d");
  await expect(copy).toBeFocused();
  await press("Delete");
  await expect(copy).toHaveCount(0);
  await expect(delay).toBeFocused();
  await press("ArrowUp");
  await expect(condition).toBeFocused();
  await press("ArrowRight");
  await expect(delay).toBeFocused();
  await press("ArrowLeft", "Enter");
  await expect(page.getByLabel("Title of the step")).toBeFocused();
  await expect(page.getByLabel("Title of the step")).toHaveValue("Condition");
});

test("text is taken back where it was typed, the name in its order", async ({ adminPage: page }) => {
  const name = `Taken back ${stamp}`;
  await create(page, "slack", name);
  await page.getByRole("button", { name: "New event" }).click();
  const own = page.getByLabel("Name of the event");
  await own.pressSequentially("Lead");
  await page.getByRole("button", { name: "Add a step after" }).or(page.getByRole("button", { name: "Add a step here" })).first().click({ force: true });
  await page.getByRole("combobox", { name: "Find an action" }).fill("Delay");
  await page.keyboard.press("Enter");
  await expect(page.locator("#step-delay")).toBeVisible();
  await page.locator("#step-trigger").click();
  await page.getByRole("button", { name: "New event" }).click();
  await own.pressSequentially("Lead");
  await page.keyboard.press("Control+z");
  await expect(own).not.toHaveValue("Lead");
  await expect(page.locator("#step-delay")).toBeVisible();

  const title = page.getByLabel("Name of the workflow");
  await title.fill(`${name}, renamed`);
  await title.blur();
  await page.getByRole("button", { name: "Undo" }).click();
  await expect(title).toHaveValue(name);
  await expect(page.locator("#step-delay")).toBeVisible();
  await page.getByRole("button", { name: "Undo" }).click();
  await expect(page.locator("#step-delay")).toHaveCount(0);
  await page.getByRole("button", { name: "Redo" }).click();
  await page.getByRole("button", { name: "Redo" }).click();
  await expect(title).toHaveValue(`${name}, renamed`);
  await expect(page.locator("#step-delay")).toBeVisible();

  // A name that cannot be one is refused at its field.
  await page.locator("#step-delay").click();
  await page.locator("#panel").getByText("Name in variables").click();
  await page.locator("#step-id").fill("Not a name");
  await page.locator("#step-id").blur();
  await expect(page.locator("#step-id-problem")).toContainText("lower-case letters");
  await expect(page.locator("#step-delay")).toBeVisible();
});

test("no other page of the dashboard loads the editor, which tells when it cannot be loaded", async ({ adminPage: page }) => {
  const editor: string[] = [];
  page.on("request", (request) => {
    if (new URL(request.url()).pathname.includes("/pkg/editor")) {
      editor.push(request.url());
    }
  });
  for (const place of ["", "/integrations", "/integrations/slack", "/workflows", "/app-events", "/users", "/executions", "/events", "/settings"]) {
    await page.goto(`/dashboard/${project}${place}`);
    await expect(page.locator("html[data-live]")).toHaveCount(1);
  }
  expect(editor).toEqual([]);
  await create(page, "slack", `Loads ${stamp}`);
  expect(editor).not.toEqual([]);

  await page.route("**/pkg/editor_bg.wasm", (route) => route.abort());
  await page.reload();
  await expect(page.getByRole("heading", { name: "The editor could not be loaded" })).toBeVisible();
  await page.unroute("**/pkg/editor_bg.wasm");
  await page.getByRole("button", { name: "Reload" }).click();
  await expect(page.getByRole("button", { name: "Deploy" })).toBeVisible();
});
