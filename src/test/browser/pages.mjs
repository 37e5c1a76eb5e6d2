// A person with a real browser: welcome, sign out, a protected page, sign in, sessions, a new password.
// Arguments: a JSON object {base, setupToken, chromium, scripts, pictures, label}. Exits with 1 and says what was different.
import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { readFileSync } from 'node:fs';
import { chromium } from 'playwright-core';

const { base, setupToken, chromium: executablePath, scripts, pictures, label } = JSON.parse(process.argv[2]);
const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const browser = await chromium.launch({ executablePath, args: ['--no-sandbox', '--ignore-certificate-errors'] });
const person = { name: 'Ada Lovelace', email: 'ada@example.org', password: 'correct horse battery' };
const newPassword = 'another horse battery';
const faults = [];

async function open(colorScheme) {
  const context = await browser.newContext({
    javaScriptEnabled: scripts, colorScheme, ignoreHTTPSErrors: true, viewport: { width: 800, height: 900 },
  });
  const page = await context.newPage();
  page.setDefaultTimeout(15_000);
  page.on('console', message => {
    // What a policy forbids or a page lacks shows here; refusals that the test asked for do not count.
    if (message.type() === 'error' && !/status of 4\d\d/.test(message.text())) faults.push(`${page.url()}: ${message.text()}`);
  });
  return page;
}

// axe needs scripts in the page; the same pages are looked at without scripts by the steps below.
async function look(page, name) {
  await page.screenshot({ path: `${pictures}/${label}-${name}.png`, fullPage: true });
  if (!scripts) return;
  await page.evaluate(axe);
  const { violations } = await page.evaluate(() => globalThis.axe.run());
  const grave = violations.filter(v => ['serious', 'critical'].includes(v.impact));
  assert.deepEqual(grave.map(v => `${v.id}: ${v.nodes.map(n => n.html)}`), [], `axe-core on ${name}`);
}

async function signIn(page, password) {
  await page.getByLabel('E-mail address').fill(person.email);
  await page.getByLabel('Password').fill(password);
  await page.getByRole('button', { name: 'Sign in' }).click();
}

const page = await open('light');
await page.goto(`${base}/edge/sign-in`);
assert.equal(new URL(page.url()).pathname, '/edge/welcome', 'an edge without an owner leads to the welcome page');
await look(page, 'welcome');
await page.getByLabel('Setup token').fill('wrong');
await page.getByLabel('Name').fill(person.name);
await page.getByLabel('E-mail address').fill(person.email);
await page.getByLabel('Password', { exact: true }).fill(person.password);
await page.getByLabel('Password, again').fill(person.password);
await page.getByRole('button').click();
assert.match(await page.getByRole('alert').innerText(), /setup token is wrong/);
assert.equal(await page.getByLabel('Name').inputValue(), person.name, 'what was typed is still there');
await look(page, 'welcome-refused');
await page.getByLabel('Setup token').fill(setupToken);
await page.getByLabel('Password', { exact: true }).fill(person.password);
await page.getByLabel('Password, again').fill(person.password);
await page.getByRole('button').click();
await page.waitForURL(`${base}/modules/hello/`);

await page.goto(`${base}/edge/sign-out`);
await look(page, 'sign-out');
await page.getByRole('button', { name: 'Sign out' }).click();
assert.match(await page.getByRole('status').innerText(), /signed out/);

await page.goto(`${base}/modules/private/page.html?a=b%2Fc`);
assert.equal(new URL(page.url()).pathname, '/edge/sign-in', 'a protected page leads to the sign-in page');
await look(page, 'sign-in');
await signIn(page, 'wrong horse battery');
assert.match(await page.getByRole('alert').innerText(), /not right/);
assert.equal(await page.getByLabel('E-mail address').inputValue(), person.email);
await look(page, 'sign-in-refused');

// With the keyboard alone, from the top of the page.
await page.goto(`${base}/modules/private/page.html?a=b%2Fc`);
await page.keyboard.press('Tab');
assert.equal(await page.locator(':focus').innerText(), 'Skip to the content');
await page.keyboard.press('Tab');
assert.equal(await page.locator(':focus').innerText(), new URL(base).hostname, 'the way back to the app');
await page.keyboard.press('Tab');
await page.keyboard.type(person.email);
await page.keyboard.press('Tab');
await page.keyboard.type(person.password);
await page.keyboard.press('Enter');
await page.waitForURL(`${base}/modules/private/page.html?a=b%2Fc`);
assert.match(await page.content(), /private page/, 'and back to where they were going');

const dark = await open('dark');
await dark.goto(`${base}/edge/account`);
await look(dark, 'sign-in-dark');
await signIn(dark, person.password);
await dark.waitForURL(`${base}/edge/account`);
await look(dark, 'account-dark');

await page.goto(`${base}/edge/account`);
await look(page, 'account');
assert.equal(await page.getByRole('listitem').count(), 2, 'this window and the dark one');
await page.getByRole('listitem').filter({ hasNotText: 'this one' }).first().getByRole('button').click();
assert.match(await page.getByRole('status').innerText(), /That session has ended/);
await page.getByLabel('Name', { exact: true }).fill('Countess');
await page.getByRole('button', { name: 'Save name' }).click();
assert.match(await page.getByRole('status').innerText(), /name is changed/);
assert.equal(await page.getByLabel('Name', { exact: true }).inputValue(), 'Countess');

await page.locator('#current').fill(person.password);
await page.getByLabel('New password', { exact: true }).fill('countess1');
await page.getByLabel('New password, again').fill('countess1');
await page.getByRole('button', { name: 'Save new password' }).click();
assert.match(await page.getByRole('alert').innerText(), /too weak/);
await page.locator('#current').fill(person.password);
await page.getByLabel('New password', { exact: true }).fill(newPassword);
await page.getByLabel('New password, again').fill(newPassword);
await page.getByRole('button', { name: 'Save new password' }).click();
assert.match(await page.getByRole('status').innerText(), /password is changed/);
assert.equal(await page.getByRole('listitem').count(), 1, 'a new password ends the other sessions');
await dark.goto(`${base}/edge/account`);
assert.equal(new URL(dark.url()).pathname, '/edge/sign-in');
await signIn(dark, newPassword);
await dark.waitForURL(`${base}/edge/account`);

await page.goto(`${base}/edge/account`);
await page.getByRole('button', { name: 'End all others' }).click();
assert.match(await page.getByRole('status').innerText(), /other sessions have ended/);
await page.locator('#delete-password').fill(newPassword);
await page.getByRole('button', { name: 'Delete my account' }).click();
assert.match(await page.getByRole('alert').innerText(), /last administrator/);
await look(page, 'account-refused');

assert.deepEqual(faults, [], 'nothing on the console');
await browser.close();
console.log(`pages (${label}): all steps passed`);
