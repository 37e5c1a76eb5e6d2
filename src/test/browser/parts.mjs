// Ten people open one page of many parts at the same time. Every part must come, and nobody may be told to wait.
// Argument: a JSON object {url, chromium, people, parts}.
import assert from 'node:assert/strict';
import { chromium } from 'playwright-core';

const { url, chromium: executablePath, people, parts } = JSON.parse(process.argv[2]);
const browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] });
const seen = await Promise.all(
  Array.from({ length: people }, async () => {
    const page = await (await browser.newContext()).newPage();
    const refused = [];
    page.on('response', (response) => response.status() >= 400 && !response.url().endsWith('/favicon.ico') && refused.push(response.status()));
    await page.goto(url, { waitUntil: 'load', timeout: 60_000 });
    return { refused, parts: await page.evaluate('window.parts') };
  }),
);
await browser.close();
for (const one of seen) {
  assert.deepEqual(one, { refused: [], parts });
}
console.log(`parts: ${people} people, ${parts} each, nobody refused`);
