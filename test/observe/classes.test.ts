// classes.test.ts - every packet is in a class that was enumerated, and what becomes of it is what becomes of the class's example.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { createReferenceEngine } from '../../src/engine/reference/engine.js';
import type { TableSet } from '../../src/image/table.js';
import { CLASS_PROTOCOLS, type FirstPacket, PacketSpace } from '../../src/observe/classes.js';
import type { Dataplane } from '../../src/observe/fleet.js';
import { type ClassOutcome, Judge } from '../../src/observe/judge.js';
import { NODE_PORTS, POOLS, randomSpec, SERVICE_PORTS } from '../support/random-tables.js';
import { Dice } from '../support/seed.js';
import { makeTables } from '../support/tables.js';

const SPECIAL = [
  ['0.0.0.0', '127.0.0.1', '127.9.9.9', '224.0.0.1', '239.1.1.1', '240.0.0.1', '255.255.255.255'],
  ['::', '::1', 'fe80::1', 'febf::1', 'ff02::1', '::2', 'fec0::1'],
];
const PORTS = [...SERVICE_PORTS, ...NODE_PORTS, 9, 31_000, 65_535];

function randomAddress(dice: Dice, family: number): string {
  const pool = POOLS[family];
  if (!pool) throw new RangeError('two families');
  const { clients, localPods, remotePods, clusterIps, externalIps, nodes, strangers, unallocated } = pool;
  const named = [clients, localPods, remotePods, clusterIps, externalIps, nodes, strangers, [unallocated]];
  if (dice.chance(70)) return dice.pick(dice.pick(named));
  if (dice.chance(30)) return dice.pick(SPECIAL[family] ?? []);
  const near = dice.pick(dice.pick(named));
  if (family === 0) return dice.chance(50) ? near.replace(/\d+$/, String(dice.below(256))) : randomQuad(dice);
  return dice.chance(50)
    ? near.replace(/[0-9a-f]+$/, (1 + dice.below(0xfffe)).toString(16))
    : `2001:${hex(dice)}::${hex(dice)}`;
}

const hex = (dice: Dice): string => (1 + dice.below(0xfffe)).toString(16);
const randomQuad = (dice: Dice): string =>
  [1 + dice.below(255), dice.below(256), dice.below(256), dice.below(256)].join('.');

function randomPacket(dice: Dice): FirstPacket {
  const family = dice.below(2);
  const protocol = dice.pick(CLASS_PROTOCOLS);
  const hasPorts = protocol !== 'ICMP' && protocol !== 'OTHER';
  return {
    inPort: dice.below(5),
    source: randomAddress(dice, family),
    destination: randomAddress(dice, family),
    protocol,
    destinationPort: hasPorts ? dice.pick(PORTS) : 0,
  };
}

const planeOf = (tables: TableSet): Dataplane => ({ tables, isNode: true }) as unknown as Dataplane;

const told = ({ verdict, reason, backends, end }: ClassOutcome): string =>
  JSON.stringify([
    verdict,
    reason,
    backends.map((backend) => ({ ...backend, probability: backend.probability.toFixed(6) })),
    end,
  ]);

/** What the classes of one pair of tables say against what random packets meet. */
function checkWorld(seed: number, packets: number): void {
  const dice = new Dice(seed);
  const tables = [makeTables(randomSpec(dice, 1n, false)), makeTables(randomSpec(dice, 1n, false))];
  const space = new PacketSpace(tables, () => [], dice.chance(30));
  const judges = tables.map((one) => new Judge(planeOf(one), createReferenceEngine));
  const examples = new Map([...space.classes()].map(({ key, packet }) => [key, packet]));
  for (const [key, packet] of examples) assert.equal(space.keyOf(packet), key);
  for (let i = 0; i < packets; i++) {
    const packet = randomPacket(dice);
    const key = space.keyOf(packet);
    const example = examples.get(key);
    assert.ok(example, `seed ${seed}: no class for ${JSON.stringify(packet)}: ${key}`);
    for (const judge of judges) {
      const place: string = `seed ${seed}: ${JSON.stringify(packet)} and ${JSON.stringify(example)} are in ${key}`;
      assert.equal(told(judge.judge(packet)), told(judge.judge(example)), place);
    }
  }
}

test('a random packet is in an enumerated class and shares the fate of its example', () => {
  fc.assert(
    fc.property(fc.nat(1_000_000), (seed) => checkWorld(seed, 150)),
    { numRuns: 40 },
  );
});
