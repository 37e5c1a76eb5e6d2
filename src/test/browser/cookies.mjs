// A browser that drops the session's cookie is told why, with the setting that decides it, and is not sent round in circles.
// Argument: a JSON object {base, origin, chromium, blocked, pictures}: base is what is opened, origin is ORIGIN.
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium } from 'playwright-core';

const { base, origin, chromium: executablePath, blocked, pictures, expected } = JSON.parse(process.argv[2]);
const profile = mkdtempSync(join(tmpdir(), 'edge-browser-'));
mkdirSync(join(profile, 'Default'), { recursive: true });
writeFileSync(join(profile, 'Default', 'Preferences'),
  JSON.stringify({ profile: { default_content_setting_values: { cookies: blocked ? 2 : 1 } } }));
const context = await chromium.launchPersistentContext(profile, {
  executablePath, args: ['--no-sandbox'], ignoreHTTPSErrors: true,
});
const page = await context.newPage();
page.setDefaultTimeout(15_000);
await page.goto(`${base}/edge/sign-in?to=/modules/private/`);
if (!blocked) {
  assert.match(await page.getByRole('alert').innerText(), expected ? new RegExp(expected) : /ORIGIN/);
}
await page.getByLabel('E-mail address').fill('ada@example.org');
await page.getByLabel('Password').fill('correct horse battery');
await page.getByRole('button', { name: 'Sign in' }).click();
const text = await page.locator('main').innerText();
assert.ok(text.includes(blocked ? 'blocks cookies' : 'ORIGIN'), text);
assert.ok(text.includes(blocked ? origin : 'ORIGIN'), text);
await page.screenshot({ path: `${pictures}/cookies-${blocked ? 'blocked' : 'origin'}.png`, fullPage: true });
await context.close();
console.log(`cookies (${blocked ? 'blocked' : 'another address'}): told why`);
