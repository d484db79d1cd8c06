// suites.long.test.ts - every suite that makes labs runs in its smallest form.
// Runs alone: it measures, in labs.
import { test } from 'node:test';
import { SUITES } from '../../bench/suites.js';
import { labAccess } from '../../src/lab/host/process.js';
import { measuresAndDraws } from './smallest.js';

const noLab = ((): string | null => {
  try {
    return labAccess() === 'direct' ? null : 'needs root: suites do not start again in a user namespace here';
  } catch (error) {
    return `needs root: ${(error as Error).message}`;
  }
})();

for (const [name, load] of Object.entries(SUITES)) {
  const suite = await load();
  if (!suite.needsLab) continue;
  test(`suite ${name} measures, finds something to say, and draws`, async (t) => {
    if (noLab !== null) return t.skip(noLab);
    if (name === 'smoke' && !import.meta.url.includes('/dist/')) return t.skip('needs the compiled lab');
    await measuresAndDraws(suite);
  });
}
