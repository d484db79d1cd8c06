// run.ts - `node dist/test/fuzz/run.js [seconds] [target]`: fuzzes every target, or one, for that many seconds each (default 60).
import { fuzzerMissing, TARGETS } from '../native/build.js';
import { fuzz } from './fuzz.js';

const [secondsText = '60', wanted] = process.argv.slice(2);
const seconds = Number(secondsText);
const targets = TARGETS.filter((target) => wanted === undefined || target === wanted);
if (!Number.isInteger(seconds) || seconds < 1 || targets.length === 0) {
  console.error(`usage: run.js [seconds] [${TARGETS.join('|')}]`);
  process.exit(2);
}
const missing = fuzzerMissing();
if (missing) {
  console.error(`skipped: ${missing}`);
  process.exit(0);
}
let failed = false;
for (const target of targets) {
  const result = await fuzz(target, seconds);
  console.log(result.summary);
  if (result.status === 0) continue;
  failed = true;
  console.error(result.output);
}
process.exit(failed ? 1 : 0);
