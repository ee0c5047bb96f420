// The ground the journeys stand on: this browser does keep third-party cookies away, so a journey
// that passes has passed without them.

import { expect, test } from "./fixtures.js";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";

let server: Server;
let port: number;

test.beforeAll(async () => {
  server = createServer((request, response) => {
    const cookie = "seen=1; SameSite=None; Secure; Path=/";
    response.setHeader("Content-Type", "text/html");
    if (request.url === "/host") {
      response.end(`<iframe src="http://localhost:${port}/framed"></iframe>`);
    } else if (request.url === "/set") {
      response.setHeader("Set-Cookie", cookie).end("<p>set</p>");
    } else {
      response.end(`<p>cookie: ${request.headers.cookie ?? "none"}</p>`);
    }
  });
  await new Promise<void>((listening) => server.listen(0, "localhost", listening));
  port = (server.address() as AddressInfo).port;
});

test.afterAll(() => {
  server.close();
});

test("a cookie goes to its own site and not into another site's frame", async ({ page }) => {
  await page.goto(`http://localhost:${port}/set`);
  await page.goto(`http://localhost:${port}/top`);
  await expect(page.getByText("cookie: seen=1")).toBeVisible();

  await page.goto(`http://127.0.0.1:${port}/host`);
  await expect(page.frameLocator("iframe").getByText("cookie: none")).toBeVisible();
});
