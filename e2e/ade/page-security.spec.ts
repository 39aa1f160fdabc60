import { expect, test } from "./fixtures";

const NONCE = /script-src [^;]*'nonce-([^']+)'/;

test("each page has a nonce of its own, which all of its scripts carry, and a script without it does not run", async ({
  browser,
  baseURL,
  request,
}) => {
  const nonces = new Set<string>();
  for (const path of ["/agents", "/agents", "/tools"]) {
    const answer = await request.get(path);
    expect(answer.status()).toBe(200);
    const headers = answer.headers();
    expect(headers).toMatchObject({ "x-frame-options": "DENY", "x-content-type-options": "nosniff" });
    const nonce = NONCE.exec(headers["content-security-policy"] ?? "")?.[1];
    expect(nonce).toBeTruthy();
    nonces.add(nonce!);
    const scripts = [...(await answer.text()).matchAll(/<script\b([^>]*)>/g)].map((match) => match[1]!);
    expect(scripts.length).toBeGreaterThan(0);
    expect(scripts.filter((attributes) => !attributes.includes(`nonce="${nonce}"`))).toEqual([]);
  }
  expect(nonces.size).toBe(3);

  // A page of its own: in the others' a violation is a failure.
  const page = await browser.newPage({ baseURL: baseURL! });
  await page.route("**/agents", async (route) => {
    const answer = await route.fetch();
    const body = (await answer.text()).replace("<head>", "<head><script>window.wasRun = true</script>");
    await route.fulfill({ response: answer, body });
  });
  const stopped = page.waitForEvent("console", (message) => /Content Security Policy/.test(message.text()));
  await page.goto("/agents");
  await stopped;
  expect(await page.evaluate(() => "wasRun" in window)).toBe(false);
  await page.close();
});
