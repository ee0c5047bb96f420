// How smoothly a workflow of 200 steps is looked at and edited. What is printed is for this machine, at this moment.

import { create, stamp } from "../tests/editor.js";
import { expect, test } from "../tests/fixtures.js";
import type { Page } from "@playwright/test";

const STEPS = 200;
/** A frame that took longer was missed: 1/60 s and what clocks of browsers are off. */
const MISSED_MS = 17.5;

/** Every tenth step is a condition with a step on each side, the others are functions. */
function workflow(): string {
  const step = (id: string, at: string) =>
    `[[${at}]]\nid = "${id}"\ntitle = "Step ${id}"\nkind = "function"\ncode = "function run(inputs) { return inputs.name; }"\n` +
    `[${at}.inputs]\nname = "{{ trigger.body.name }}"\n\n`;
  let file = 'format = 1\n\n[trigger]\nkind = "request"\nfields = [{ in = "body", name = "name", required = true }]\n\n';
  for (let count = 0; count < STEPS; ) {
    if (count % 10 === 7) {
      file += `[[steps]]\nid = "c${count}"\ntitle = "Condition ${count}"\nkind = "condition"\n`;
      file += 'rules = [[{ left = "{{ trigger.body.name }}", operator = "exists" }]]\n\n';
      file += step(`y${count}`, "steps.then") + step(`n${count}`, "steps.else");
      count += 3;
    } else {
      file += step(`s${count}`, "steps");
      count += 1;
    }
  }
  return file;
}

/** How long each frame took while something is done, in milliseconds. */
async function frames(page: Page, what: string, work: () => Promise<void>): Promise<void> {
  await page.evaluate(() => {
    const own = { last: 0, took: [] as number[], on: true };
    Object.assign(window, { frames: own });
    const tick = (now: number) => {
      if (own.last) own.took.push(now - own.last);
      own.last = now;
      if (own.on) requestAnimationFrame(tick);
    };
    requestAnimationFrame(tick);
  });
  await work();
  const took = await page.evaluate(() => {
    const own = (window as unknown as { frames: { took: number[]; on: boolean } }).frames;
    own.on = false;
    return own.took;
  });
  took.sort((a, b) => a - b);
  const at = (part: number) => (took[Math.min(took.length - 1, Math.floor(took.length * part))] ?? 0).toFixed(1);
  const rate = (1000 * took.length) / took.reduce((sum, own) => sum + own, 0);
  const missed = took.filter((own) => own > MISSED_MS).length;
  console.log(
    `${what.padEnd(28)} ${rate.toFixed(1)} frames/s   median ${at(0.5)} ms   p99 ${at(0.99)} ms   worst ${at(1)} ms   missed ${missed} of ${took.length}`,
  );
}

test("a workflow of 200 steps", async ({ adminPage: page }) => {
  await create(page, "slack", `Frames ${stamp}`);
  await page.getByRole("button", { name: "More" }).click();
  await page.getByRole("button", { name: "Edit as a file" }).click();
  const file = page.getByLabel("The file");
  await expect(file).toHaveValue(/format/);
  await file.fill(workflow());
  await page.getByRole("button", { name: "Use this file" }).click();
  await expect(page.locator(".ed-card")).toHaveCount(STEPS + 1);
  await expect(page.getByText("No problems")).toBeVisible();

  const rest = () => page.evaluate(() => new Promise((done) => requestIdleCallback(done)));
  await page.locator("#step-s3").click();
  await page.getByLabel("Title of the step").click();
  await rest();
  await frames(page, "writing a title", () => page.keyboard.type("A step that has a long name now", { delay: 30 }));
  const template = page.locator("#panel").getByRole("combobox", { name: "name" });
  await template.click();
  await page.keyboard.press("End");
  await frames(page, "writing a template", () => page.keyboard.type(" and some words behind it", { delay: 30 }));

  await page.locator("#step-s3").click();
  await page.locator("#step-s3").focus();
  await rest();
  await frames(page, "moving the selection", async () => {
    for (let count = 0; count < 60; count++) await page.keyboard.press("ArrowDown", { delay: 15 });
  });
  await frames(page, "duplicating, undoing", async () => {
    for (let count = 0; count < 20; count++) await page.keyboard.press(count < 10 ? "Control+d" : "Control+z", { delay: 40 });
  });
  await page.mouse.move(400, 400);
  await frames(page, "scrolling", async () => {
    for (let count = 0; count < 90; count++) await page.mouse.wheel(0, count < 45 ? 120 : -120);
  });
  await frames(page, "zooming", async () => {
    for (let count = 0; count < 8; count++) await page.getByRole("button", { name: count < 4 ? "Zoom out" : "Zoom in" }).click();
  });
  // That the work was done, however fast.
  await expect(page.locator(".ed-card").nth(4)).toContainText("long name now");
});
