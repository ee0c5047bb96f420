// An integration that a project defines itself: the form, its mistakes, the file, the portal, the end.

import { expect, project, test } from "./fixtures.js";

const icon = {
  name: "icon.svg",
  mimeType: "image/svg+xml",
  buffer: Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1 1"><path d="M0 0h1v1z"/></svg>'),
};
const script = {
  ...icon,
  buffer: Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'),
};

test("an API of one's own, from the form to an account", async ({ adminPage: page }) => {
  const name = `Acme ${Date.now()}`;
  const type = `custom.${name.toLowerCase().replace(/[^a-z0-9]/g, "")}`;
  await page.goto(`/dashboard/${project}/integrations`);
  await expect(page.locator("html[data-live]")).toHaveCount(1);
  await page.getByRole("link", { name: "Add a custom integration" }).click();

  // Every mistake stands beside its field.
  await page.getByRole("button", { name: "Add integration" }).click();
  await expect(page.locator("#custom-name-problem")).toContainText("Write a name");
  await expect(page.locator("#custom-baseUrl-problem")).toContainText("Write the base URL");

  await page.getByLabel("Name", { exact: true }).fill(name);
  await expect(page.getByText(type)).toBeVisible();
  await page.getByLabel("Description").fill("Leads of Acme");
  await page.getByLabel("Authorize URL").fill("https://login.salesforce.com/services/oauth2/authorize");
  await page.getByLabel("Token URL").fill("https://login.salesforce.com/services/oauth2/token");
  await page.getByLabel("Scopes").fill("api refresh_token openid");
  await page.getByLabel("Base URL").fill("https://acme.my.salesforce.com");
  await page.getByLabel("Test endpoint").fill("/services/oauth2/userinfo");
  await page.getByLabel("The account's id in its answer").fill("/user_id");
  await page.getByLabel("The account's name in its answer").fill("/preferred_username");
  await page.getByLabel("Icon", { exact: true }).setInputFiles(script);
  await expect(page.getByText("Chosen.")).toBeVisible();
  await page.getByRole("button", { name: "Add integration" }).click();
  await expect(page.locator("#custom-icon-problem")).toContainText("<script>");
  await page.getByLabel("Icon", { exact: true }).setInputFiles(icon);
  await page.getByRole("button", { name: "Add integration" }).click();

  // Its page is that of any integration.
  await expect(page.getByRole("heading", { level: 1, name })).toBeVisible();
  await expect(page.locator("#redirect-url")).toContainText(`/oauth/${project}/${type}`);
  await page.getByLabel("Client id").fill("portico-demo");
  await page.getByLabel("Client secret").fill("portico-demo-secret");
  await page.getByRole("button", { name: "Activate integration" }).click();
  await expect(page.getByText("Active", { exact: true })).toBeVisible();

  // The file that the form wrote, edited as a file.
  await page.getByRole("link", { name: "Edit definition" }).click();
  await page.getByText("Edit as files").click();
  const file = page.getByLabel("Definition, as a file");
  const text = await file.inputValue();
  expect(text).toContain(`type = "${type}"`);
  await file.fill(text.replace("pkce =", "pkse ="));
  await page.getByRole("button", { name: "Save files" }).click();
  const line = text.split("\n").findIndex((line) => line.startsWith("pkce")) + 1;
  await expect(page.getByText(new RegExp(`Line ${line}: .*pkse.*pkce`))).toBeVisible();
  await file.fill(text.replace("Leads of Acme", "Other words"));
  await page.getByRole("button", { name: "Save files" }).click();
  await expect(page.getByLabel("Description")).toHaveValue("Other words");

  const download = page.waitForEvent("download");
  await page.getByRole("link", { name: "Export as a folder" }).click();
  expect((await download).suggestedFilename()).toBe(`${type.replace(".", "_")}.tar`);

  // In the list, and gone again.
  await page.goto(`/dashboard/${project}/integrations`);
  const card = page.getByRole("link", { name: new RegExp(name) });
  await expect(card).toContainText("Other words");
  await expect(card.locator("img")).toHaveJSProperty("complete", true);
  await page.goto(`/dashboard/${project}/integrations/${type}/definition`);
  await expect(page.locator("html[data-live]")).toHaveCount(1);
  await page.getByRole("button", { name: "Delete integration…" }).click();
  await expect(page.getByRole("alertdialog")).toContainText("Nobody has connected an account of it.");
  await page.getByRole("button", { name: `Delete ${type}` }).click();
  await expect(page.getByRole("heading", { level: 1, name: "Integrations" })).toBeVisible();
  await expect(page.getByRole("link", { name: new RegExp(name) })).toHaveCount(0);
});
