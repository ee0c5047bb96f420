// A workflow with every kind of step, built in the editor: called by the host app, it decides, goes through a list and
// answers.

import { addAt, create, deploy, slack, stamp, switchOn, write } from "./editor.js";
import { accessible, expect, looked, project, test } from "./fixtures.js";
import type { Page } from "@playwright/test";
import type { Portico } from "../../sdk/src/types.js";

/** Calls a workflow from the host app's page: what it answers, or the status of a refusal. */
async function call(host: Page, workflow: string, body: object): Promise<unknown> {
  return host.evaluate(
    ([workflow, body]) => {
      const { portico } = window as unknown as { portico: Portico };
      return portico.workflow(workflow, { body }).catch((error: { status: number }) => error.status);
    },
    [workflow, body] as const,
  );
}

test("a workflow of every step answers the app that calls it", async ({ adminPage: page, context }) => {
  const name = `Every step ${stamp}`;
  await create(page, "slack", name);
  const workflow = new URL(page.url()).pathname.split("/").at(-1) ?? "";

  // The app calls it with people; one field is promised.
  await page.getByLabel("It starts when").selectOption("request");
  await page.getByRole("button", { name: "Add a field" }).click();
  await page.getByLabel("Name of the field").fill("people");
  await expect(page.locator("#step-trigger")).toContainText("1 declared field");

  // Somebody to greet, or nobody.
  await addAt(page, "Add a step here", "Condition");
  await page.getByRole("button", { name: "Add a rule" }).click();
  await write(page, "What is looked at", "{{ people");
  await page.getByLabel("How").selectOption({ label: "exists" });
  await addAt(page, "Add a step here", "Fan out", 1);
  await write(page, /^List/, "{{ people");
  await page.getByRole("group", { name: "For each item" }).getByRole("button", { name: "Add a step here" }).click({ force: true });
  await page.getByRole("combobox", { name: "Find an action" }).fill("Function");
  await page.keyboard.press("Enter");
  await page.getByLabel("Name of a field to add").fill("name");
  await page.keyboard.press("Enter");
  await write(page, "name", "{{ item");
  await page.getByLabel("JavaScript").fill("function run(inputs) {\n  return `Hello ${inputs.name}`;\n}\n");
  await addAt(page, "Add a step after Condition", "Delay");
  await write(page, /^Wait for/, "1");
  await page.keyboard.press("Escape");
  await looked(page, "editor-tree");

  // An answer; dragged behind the wait, and put back by undo, and dragged once more.
  await addAt(page, "Add a step after Condition", "Response");
  await write(page, /^Status/, "200");
  await expect(page.locator(".ed-card").last()).toContainText("Delay");
  await page.locator("#step-response").dragTo(page.locator(".ed-line").last());
  await expect(page.locator(".ed-card").last()).toContainText("Response");
  await page.keyboard.press("Control+z");
  await expect(page.locator(".ed-card").last()).toContainText("Delay");
  await page.keyboard.press("Control+Shift+z");
  await expect(page.locator(".ed-card").last()).toContainText("Response");
  await accessible(page);
  await page.locator("#step-delay").click();
  await page.locator("#in-delay-unit").selectOption({ label: "Seconds" });
  await page.locator("#step-response").click();
  await write(page, /^Body/, "{{ results");
  await deploy(page);

  const host = await switchOn(context, "trees", slack, name);
  expect(await call(host, workflow, {})).toBe(422);
  const answered = await call(host, workflow, { people: ["Ada", "Grace"] });
  expect(answered).toEqual(["Hello Ada", "Hello Grace"].map((result) => ({ function: { result, logs: [] } })));

  // Every round can be looked into.
  await page.goto(`/dashboard/${project}/executions`);
  await page.getByRole("row", { name }).first().getByRole("link").first().click();
  await expect(page.locator(".page-head")).toContainText("Succeeded");
  await looked(page, "execution-tree");
});
