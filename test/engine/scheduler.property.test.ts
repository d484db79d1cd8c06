// scheduler.property.test.ts - whatever is done to a virtual server, the native scheduler and its twin choose the same.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { createScheduler, type Scheduler, type SchedulerOptions } from '../../src/engine/scheduler.js';
import { IPVS_SCHEDULERS } from '../../src/plan/config.js';
import type { IpvsFlag } from '../../src/plan/scheduler.js';
import { nativeEngine } from '../support/engines.js';
import { createTwin } from '../support/scheduler-twin.js';

const RUNS = Number(process.env.KUBEWIRE_SCRIPTS ?? 150);
const SEED = Number(process.env.KUBEWIRE_SEED ?? 1);
const { skip } = await nativeEngine();

const WEIGHTS = [0, 1, 1, 1, 2, 3, 4, 5, 6, 100, 300, 65_535];
const CONNECTIONS = [0, 0, 1, 2, 3, 6, 20, 255, 256, 257, 1_000, 8_388_608, 2_147_483_647];

/** One call. `which` picks a destination that is in the list: of n, number which mod n. */
type Step =
  | { kind: 'add'; address: number; port: number; weight: number }
  | { kind: 'weight'; which: number; weight: number }
  | { kind: 'remove'; which: number }
  | { kind: 'overload'; which: number; on: boolean }
  | { kind: 'connections'; which: number; active: number; inactive: number }
  | { kind: 'advance'; seconds: number }
  | { kind: 'schedule'; client: number; port: number; virtual: number };

const which = fc.nat(99);
const weight = fc.constantFrom(...WEIGHTS);
const count = fc.constantFrom(...CONNECTIONS);

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({ kind: fc.constant('add' as const), address: fc.nat(250), port: fc.nat(65_535), weight }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('weight' as const), which, weight }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('remove' as const), which }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('overload' as const), which, on: fc.boolean() }) },
  {
    weight: 4,
    arbitrary: fc.record({ kind: fc.constant('connections' as const), which, active: count, inactive: count }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('advance' as const), seconds: fc.constantFrom(1, 3_600, 90_000) }),
  },
  {
    weight: 12,
    arbitrary: fc.record({
      kind: fc.constant('schedule' as const),
      client: fc.nat(40),
      port: fc.nat(65_535),
      virtual: fc.nat(2),
    }),
  },
);

const FLAGS: Readonly<Record<string, readonly IpvsFlag[]>> = {
  sh: ['sh-port', 'sh-fallback'],
  mh: ['mh-port', 'mh-fallback'],
};

interface Case {
  readonly options: SchedulerOptions;
  readonly draws: readonly number[];
  readonly steps: readonly Step[];
}

const caseFor = (name: string): fc.Arbitrary<Case> =>
  fc.record({
    options: fc.record({
      family: fc.constantFrom('IPv4' as const, 'IPv6' as const),
      flags: fc.subarray([...(FLAGS[name] ?? [])]),
      overhead: fc.constantFrom('classic' as const, 'totalconns' as const),
    }),
    draws: fc.array(fc.integer({ min: 0, max: 0xffffffff }), { minLength: 1, maxLength: 8 }),
    steps: fc.array(step, { minLength: 1, maxLength: 80, size: 'max' }),
  });

/** Runs the script; returns every answer. */
function play(make: (options: SchedulerOptions) => Scheduler, { options, draws, steps }: Case): (number | null)[] {
  let drawn = 0;
  const scheduler = make({ ...options, random: () => draws[drawn++ % draws.length] ?? 0 });
  const host = (net: string, at: number): string =>
    options.family === 'IPv6' ? `fd00:${net}::${at.toString(16)}` : `10.${net}.0.${at}`;
  const listed: number[] = [];
  const answers: (number | null)[] = [];
  for (const each of steps) {
    const place = 'which' in each ? each.which % Math.max(1, listed.length) : -1;
    const id = listed[place];
    if (each.kind === 'add') {
      listed.push(scheduler.addDestination({ ...each, address: host('1', each.address) }));
    } else if (each.kind === 'advance') {
      scheduler.advance(each.seconds);
    } else if (each.kind === 'schedule') {
      const [source, destination] = [host('2', each.client), host('3', each.virtual)];
      answers.push(scheduler.schedule({ source, sourcePort: each.port, destination }));
    } else if (id !== undefined) {
      if (each.kind === 'weight') scheduler.setWeight(id, each.weight);
      if (each.kind === 'overload') scheduler.setOverload(id, each.on);
      if (each.kind === 'connections') scheduler.setConnections(id, each.active, each.inactive);
      if (each.kind === 'remove') {
        scheduler.removeDestination(id);
        listed.splice(place, 1);
      }
    }
  }
  return answers;
}

for (const name of IPVS_SCHEDULERS) {
  test(`${name} chooses as its twin does in ${RUNS} random scripts`, { skip }, () => {
    const property = fc.property(caseFor(name), (script) => {
      const [native, twin] = [createScheduler, createTwin].map((make) =>
        play((options) => make(name, options), script),
      );
      assert.deepEqual(native, twin);
    });
    fc.assert(property, { numRuns: RUNS, seed: SEED });
  });
}
