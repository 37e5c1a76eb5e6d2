// The rules of Mozilla's Observatory, asked of a site on this machine: `node observatory.mjs HTTP_PORT HTTPS_PORT`. Prints JSON:
// the grade, and each rule that takes something off it.
import { retrieve } from '@mdn/mdn-http-observatory/src/retriever/retriever.js';
import { ALL_TESTS } from '@mdn/mdn-http-observatory/src/constants.js';
import { getGradeForScore, getScoreDescription, getScoreModifier } from '@mdn/mdn-http-observatory/src/grader/grader.js';

const [httpPort, httpsPort] = process.argv.slice(2).map(Number);
const site = await retrieve('localhost', { httpPort, httpsPort });
if (!site.responses.auto) {
  console.error('nothing answers');
  process.exit(1);
}
let lost = 0;
let won = 0;
const faults = [];
for (const rule of ALL_TESTS) {
  const { result } = rule(site);
  const points = result ? getScoreModifier(result) : 0;
  if (points < 0) {
    lost += points;
    faults.push({ rule: result, message: getScoreDescription(result).replaceAll(/<[^>]*>/g, '') });
  } else {
    won += points;
  }
}
// Extra points are for those who have lost next to nothing; the scale is Observatory's.
const score = 100 + lost >= 90 ? 100 + lost + won : 100 + lost;
console.log(JSON.stringify({ ...getGradeForScore(Math.max(0, score)), faults }));
