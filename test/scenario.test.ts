// scenario.test.ts - plays every scenario of test/scenario on every engine under every strategy that it is written for.
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { STRATEGY_NAMES } from '../src/compile/strategy.js';
import { nativeEngine, REFERENCE } from './support/engines.js';
import { readScenarios } from './support/scenario/document.js';
import { configOf, playScenario } from './support/scenario/run.js';

const here = dirname(fileURLToPath(import.meta.url));
const root = here.includes('/dist/') ? join(here, '../..') : join(here, '..');
const folder = join(root, 'test/scenario');

const scenarios = readdirSync(folder)
  .filter((name) => name.endsWith('.md'))
  .sort()
  .flatMap((name) => {
    const path = join(folder, name);
    return readScenarios(relative(root, path), readFileSync(path, 'utf8'));
  });

for (const engine of [REFERENCE, await nativeEngine()]) {
  for (const scenario of scenarios) {
    for (const strategy of configOf(scenario).strategies ?? STRATEGY_NAMES) {
      test(`${scenario.title} (${engine.name}, ${strategy})`, { skip: engine.skip }, () => {
        playScenario(scenario, engine, strategy);
      });
    }
  }
}
