// scenario.long.test.ts - plays every scenario of test/scenario on the real kernel, with the rules of nftables and of iptables.
// Takes turns: namespaces of a real kernel.
import { test } from 'node:test';
import { STRATEGY_NAMES } from '../src/compile/strategy.js';
import { noKernelDataplane } from './support/sandbox.js';
import { SCENARIOS } from './support/scenario/all.js';
import { playOnKernel } from './support/scenario/kernel.js';
import { configOf } from './support/scenario/run.js';

for (const mode of ['nftables', 'iptables'] as const) {
  const obstacle = noKernelDataplane(mode);
  for (const scenario of SCENARIOS) {
    const { strategies = STRATEGY_NAMES, kernel } = configOf(scenario);
    if (!strategies.includes(mode)) continue;
    test(`${scenario.title} (kernel, ${mode})`, { skip: obstacle || (kernel ?? false) }, async (t) => {
      const { fabric, late } = await playOnKernel(scenario, mode);
      if (fabric > 0) t.diagnostic(`${fabric} lines left out: the fabric has no Service rules`);
      if (late > 0) t.diagnostic(`${late} lines left out: the kernel's clock cannot be set forward`);
    });
  }
}
