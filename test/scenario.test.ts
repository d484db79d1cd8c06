// scenario.test.ts - plays every scenario of test/scenario on every engine under every strategy that it is written for.
// Takes turns: some are played on a real kernel.
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { STRATEGY_NAMES } from '../src/compile/strategy.js';
import { nativeEngine, REFERENCE } from './support/engines.js';
import { noKernelDataplane } from './support/sandbox.js';
import { readScenarios } from './support/scenario/document.js';
import { playOnKernel } from './support/scenario/kernel.js';
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

for (const mode of ['nftables', 'iptables'] as const) {
  const obstacle = noKernelDataplane(mode);
  for (const scenario of scenarios) {
    const { strategies = STRATEGY_NAMES, kernel } = configOf(scenario);
    if (!strategies.includes(mode)) continue;
    test(`${scenario.title} (kernel, ${mode})`, { skip: obstacle || (kernel ?? false) }, async (t) => {
      const { fabric, late } = await playOnKernel(scenario, mode);
      if (fabric > 0) t.diagnostic(`${fabric} lines left out: the fabric has no Service rules`);
      if (late > 0) t.diagnostic(`${late} lines left out: the kernel's clock cannot be set forward`);
    });
  }
}
