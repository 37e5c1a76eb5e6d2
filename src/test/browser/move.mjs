// People who are signed in stay so while their site moves to another database: the pages stay open, the edge is away for a moment,
// and then they click on. Argument: a JSON object {base, chromium, people, flag}: when that file is there, the site has moved.
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { setTimeout } from 'node:timers/promises';
import { chromium } from 'playwright-core';

const { base, chromium: executablePath, people, flag } = JSON.parse(process.argv[2]);
const browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] });
const pages = await Promise.all(
  people.map(async (email) => {
    const page = await (await browser.newContext()).newPage();
    page.setDefaultTimeout(20_000);
    await page.goto(`${base}/edge/sign-in?to=/modules/private/`);
    await page.getByLabel('E-mail address').fill(email);
    await page.getByLabel('Password').fill('correct horse');
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByRole('heading', { name: 'private page' }).waitFor();
    return page;
  }),
);
console.log('open');
for (let waited = 0; !existsSync(flag); waited++) {
  assert.ok(waited < 600, 'the site never came back');
  await setTimeout(200);
}
for (const [i, page] of pages.entries()) {
  await page.reload();
  await page.getByRole('heading', { name: 'private page' }).waitFor();
  const session = await page.evaluate(() => fetch('/api/auth/get-session').then((answer) => answer.json()));
  assert.equal(session.user.email, people[i]);
}
await browser.close();
console.log(`move: ${people.length} people, nobody was signed out`);
