// scenario.test.ts - plays every scenario of test/scenario on both engines under every strategy that it is written for.
import { test } from 'node:test';
import { STRATEGY_NAMES } from '../src/compile/strategy.js';
import { nativeEngine, REFERENCE } from './support/engines.js';
import { SCENARIOS } from './support/scenario/all.js';
import { configOf, playScenario } from './support/scenario/run.js';

for (const engine of [REFERENCE, await nativeEngine()]) {
  for (const scenario of SCENARIOS) {
    for (const strategy of configOf(scenario).strategies ?? STRATEGY_NAMES) {
      test(`${scenario.title} (${engine.name}, ${strategy})`, { skip: engine.skip }, () => {
        playScenario(scenario, engine, strategy);
      });
    }
  }
}
