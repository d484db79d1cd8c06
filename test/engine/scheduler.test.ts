// scheduler.test.ts - createScheduler: what each scheduler of IPVS does, case by case, and what it refuses.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createScheduler, type Scheduler, type SchedulerOptions } from '../../src/engine/scheduler.js';
import { Fault } from '../../src/model/fault.js';
import { nativeEngine } from '../support/engines.js';

const { skip } = await nativeEngine();

/** Destinations 0, 1, 2 … with these weights; the last stands at the head of the list. */
function make(name: string, weights: readonly number[], options: SchedulerOptions = {}): Scheduler {
  const scheduler = createScheduler(name, options);
  for (const [i, weight] of weights.entries()) {
    scheduler.addDestination({ address: `10.1.0.${i + 1}`, port: 8080, weight });
  }
  return scheduler;
}

const ask = (scheduler: Scheduler, client = 1, port = 40_000, virtual = 1): number | null =>
  scheduler.schedule({ source: `10.2.0.${client}`, sourcePort: port, destination: `10.96.0.${virtual}` });

const times = (scheduler: Scheduler, count: number): (number | null)[] =>
  Array.from({ length: count }, () => ask(scheduler));

/** Active connections of destinations 0, 1, 2 …; no inactive ones. */
function busy(scheduler: Scheduler, active: readonly number[]): Scheduler {
  for (const [id, count] of active.entries()) scheduler.setConnections(id, count, 0);
  return scheduler;
}

test('rr begins with the destination added last and passes over those that may get nothing', { skip }, () => {
  const scheduler = make('rr', [1, 0, 1, 5]);
  assert.deepEqual(times(scheduler, 4), [3, 2, 0, 3]);
  scheduler.setOverload(2, true);
  assert.deepEqual(times(scheduler, 3), [0, 3, 0]);
});

test('rr goes on behind a destination that was removed', { skip }, () => {
  const scheduler = make('rr', [1, 1, 1, 1]);
  assert.deepEqual(times(scheduler, 2), [3, 2]);
  scheduler.removeDestination(2);
  assert.deepEqual(times(scheduler, 2), [1, 0]);
});

test('rr meets a destination that was added only when it comes round', { skip }, () => {
  const scheduler = make('rr', [1, 1]);
  assert.equal(ask(scheduler), 1);
  assert.equal(scheduler.addDestination({ address: '10.1.0.9', port: 80 }), 2);
  assert.deepEqual(times(scheduler, 3), [0, 2, 1]);
});

test('a removed destination that comes back stands at the head, under a new id', { skip }, () => {
  const scheduler = make('rr', [1, 1, 1]);
  scheduler.removeDestination(0);
  assert.equal(scheduler.addDestination({ address: '10.1.0.1', port: 8080 }), 3);
  assert.deepEqual(times(scheduler, 3), [3, 2, 1]);
});

test('wrr goes down level by level, beginning at the level that the first destination left', { skip }, () => {
  // In list order the weights are 4, 3, 2.
  const scheduler = make('wrr', [2, 3, 4]);
  assert.deepEqual(times(scheduler, 3), [2, 1, 0], 'level 1');
  assert.deepEqual(times(scheduler, 9), [2, 2, 1, 2, 1, 0, 2, 1, 0], 'levels 4, 3, 2, 1');
  assert.equal(ask(scheduler), 2);
});

test('wrr takes steps of the common divisor', { skip }, () => {
  assert.deepEqual(times(make('wrr', [10, 20]), 6), [1, 0, 1, 1, 0, 1]);
});

test('wrr starts at the head again when a weight is set, even to what it was', { skip }, () => {
  const scheduler = make('wrr', [1, 1, 1]);
  assert.deepEqual(times(scheduler, 2), [2, 1]);
  scheduler.setWeight(0, 1);
  assert.deepEqual(times(scheduler, 2), [2, 1]);
});

test('wrr finds nothing while all are overloaded, and goes on afterwards', { skip }, () => {
  const scheduler = make('wrr', [2, 3]);
  assert.deepEqual(times(scheduler, 3), [1, 0, 1], 'level 1, and the first of level 3');
  for (const id of [0, 1]) scheduler.setOverload(id, true);
  assert.deepEqual(times(scheduler, 2), [null, null]);
  for (const id of [0, 1]) scheduler.setOverload(id, false);
  assert.deepEqual(times(scheduler, 5), [1, 1, 0, 1, 0], 'from the head, levels 3, 2 and 1');
});

test('wrr goes on behind the last choice when all were overloaded at the lowest level', { skip }, () => {
  const scheduler = make('wrr', [2, 3]);
  assert.equal(ask(scheduler), 1, 'level 1');
  for (const id of [0, 1]) scheduler.setOverload(id, true);
  assert.deepEqual(times(scheduler, 2), [null, null]);
  for (const id of [0, 1]) scheduler.setOverload(id, false);
  assert.deepEqual(times(scheduler, 4), [0, 1, 1, 0], 'the rest of level 1, then 3 and 2');
});

test('lc takes the least overhead whatever the weight, the head first', { skip }, () => {
  const scheduler = make('lc', [1, 100, 1]);
  assert.equal(ask(scheduler), 2);
  busy(scheduler, [1, 2, 2]);
  assert.equal(ask(scheduler), 0);
  scheduler.setWeight(0, 0);
  assert.equal(ask(scheduler), 2);
});

test('256 inactive connections weigh as much as an active one; with totalconns, an active one weighs 257', {
  skip,
}, () => {
  for (const [overhead, expected] of [['classic', 1] as const, ['totalconns', 0] as const]) {
    const scheduler = make('lc', [1, 1], { overhead });
    scheduler.setConnections(0, 0, 256);
    scheduler.setConnections(1, 1, 0);
    assert.equal(ask(scheduler), expected, overhead);
  }
});

test('an overhead that has wrapped counts as large in lc, and as negative in wlc, where it needs no weight', {
  skip,
}, () => {
  assert.equal(ask(busy(make('lc', [1, 1]), [8_388_608, 1])), 1);
  assert.equal(ask(busy(make('wlc', [1, 1]), [8_388_608, 0])), 0);
  assert.equal(ask(busy(make('wlc', [0, 1]), [8_388_608, 0])), 0);
  assert.equal(ask(busy(make('wlc', [1, 0]), [0, 8_388_608])), 0, 'the first must have a weight');
  assert.equal(ask(busy(make('sed', [0, 1]), [2_147_483_647, 0])), 0);
});

test('wlc measures the overhead by the weight', { skip }, () => {
  assert.equal(ask(busy(make('wlc', [1, 4]), [1, 3])), 1);
  assert.equal(ask(busy(make('wlc', [1, 4]), [1, 5])), 0);
  assert.equal(ask(busy(make('wlc', [1, 4]), [1, 4])), 1, 'the head of equals');
});

test('sed counts the connection to come, and no inactive ones', { skip }, () => {
  const scheduler = make('sed', [3, 1]);
  assert.equal(ask(scheduler), 0);
  busy(scheduler, [3, 0]);
  assert.equal(ask(scheduler), 1);
  scheduler.setConnections(1, 0, 100_000);
  assert.equal(ask(scheduler), 1);
});

test('nq takes an idle destination, however small its weight', { skip }, () => {
  const scheduler = make('nq', [1, 100, 100]);
  busy(scheduler, [0, 1, 1]);
  assert.equal(ask(scheduler), 0);
  busy(scheduler, [1, 1, 2]);
  assert.equal(ask(scheduler), 1);
});

test('dh sends one virtual address to one destination and has no second choice', { skip }, () => {
  const scheduler = make('dh', [1, 1, 1, 1, 1]);
  const chosen = ask(scheduler, 1) ?? -1;
  assert.deepEqual(
    [2, 3, 4].map((client) => ask(scheduler, client)),
    [chosen, chosen, chosen],
  );
  assert.ok(new Set(Array.from({ length: 50 }, (_, i) => ask(scheduler, 1, 1, i))).size > 1);
  scheduler.setWeight(chosen, 0);
  assert.equal(ask(scheduler), null);
});

test('sh keeps a client, looks at its port only with sh-port, and gives up without sh-fallback', { skip }, () => {
  const ports = [1, 2, 3, 4, 5, 6, 7, 8];
  const choices = (options: SchedulerOptions): Set<number | null> => {
    const scheduler = make('sh', [1, 1, 1, 1], options);
    return new Set(ports.map((port) => ask(scheduler, 1, port)));
  };
  assert.equal(choices({}).size, 1);
  assert.ok(choices({ flags: ['sh-port'] }).size > 1);
  assert.ok(choices({ flags: { 'sh-port': true } }).size > 1);
  assert.equal(choices({ flags: { 'sh-port': false } }).size, 1);

  const strict = make('sh', [1, 1, 1, 1]);
  const chosen = ask(strict) ?? -1;
  strict.setOverload(chosen, true);
  assert.equal(ask(strict), null);
  const lenient = make('sh', [1, 1, 1, 1], { flags: ['sh-fallback'] });
  lenient.setOverload(chosen, true);
  assert.notEqual(ask(lenient), null);
  assert.notEqual(ask(lenient), chosen);
});

test('sh gives out buckets by weight', { skip }, () => {
  const scheduler = make('sh', [1, 3]);
  const clients = Array.from({ length: 254 }, (_, i) => ask(scheduler, i + 1));
  const heavy = clients.filter((id) => id === 1).length;
  assert.ok(heavy > 170 && heavy < 210, `${heavy} of 254 clients`);
});

test('mh moves few clients when a destination goes, and none when its weight becomes 0', { skip }, () => {
  const clients = Array.from({ length: 250 }, (_, i) => i + 1);
  const weights = new Array<number>(10).fill(1);
  const before = make('mh', weights);
  const first = clients.map((client) => ask(before, client));
  before.setWeight(4, 0);
  const quiesced = clients.map((client) => ask(before, client));
  assert.deepEqual(
    quiesced,
    first.map((id) => (id === 4 ? null : id)),
  );
  before.removeDestination(4);
  const after = clients.map((client) => ask(before, client));
  const moved = after.filter((id, i) => id !== first[i] && first[i] !== 4).length;
  assert.ok(moved < 25, `${moved} of 250 clients of others moved`);
});

test('mh with mh-fallback serves the clients of a destination that gets nothing', { skip }, () => {
  const scheduler = make('mh', [1, 1, 1], { flags: ['mh-fallback'] });
  const chosen = ask(scheduler) ?? -1;
  scheduler.setOverload(chosen, true);
  assert.ok([0, 1, 2].includes(ask(scheduler) ?? -1));
  assert.notEqual(ask(scheduler), chosen);
});

test('lblc stays with a destination until it is crowded while another has room', { skip }, () => {
  const scheduler = make('lblc', [2, 2]);
  assert.equal(ask(scheduler), 1);
  busy(scheduler, [2, 3]);
  assert.equal(ask(scheduler), 1, 'crowded, but the other is not half empty');
  busy(scheduler, [0, 3]);
  assert.equal(ask(scheduler), 0);
  busy(scheduler, [1, 0]);
  assert.equal(ask(scheduler), 0, 'the new one stays');
  assert.equal(ask(scheduler, 1, 1, 2), 1, 'another virtual address has its own');
});

test('lblc leaves a destination without weight, but not an overloaded one', { skip }, () => {
  const scheduler = make('lblc', [1, 1]);
  assert.equal(ask(scheduler), 1);
  scheduler.setOverload(1, true);
  assert.equal(ask(scheduler), 1);
  scheduler.setWeight(1, 0);
  assert.equal(ask(scheduler), 0);
});

test('lblcr lets a set grow when its best is crowded, and shrink after a day', { skip }, () => {
  const scheduler = make('lblcr', [2, 2]);
  assert.equal(ask(scheduler), 1);
  busy(scheduler, [0, 3]);
  assert.equal(ask(scheduler), 0, 'the set is now 0 and 1');
  busy(scheduler, [2, 1]);
  assert.equal(ask(scheduler), 1, 'the best of the set');
  scheduler.advance(86_400);
  assert.equal(ask(scheduler), 1, 'a day is not more than a day');
  scheduler.advance(1);
  assert.equal(ask(scheduler), 1, 'and 0, the busier one, leaves the set');
  busy(scheduler, [0, 2]);
  assert.equal(ask(scheduler), 1);
});

test('lblc and lblcr remember 24,576 virtual addresses, and choose anew for any other', { skip }, () => {
  for (const name of ['lblc', 'lblcr']) {
    const scheduler = make(name, [1, 1]);
    const of = (at: number): number | null =>
      scheduler.schedule({
        source: '10.2.0.1',
        sourcePort: 1,
        destination: `10.${at >> 16}.${(at >> 8) & 255}.${at & 255}`,
      });
    for (let at = 0; at < 24_577; at++) assert.equal(of(at), 1);
    scheduler.setConnections(1, 1, 0);
    assert.equal(of(0), 1, name);
    assert.equal(of(24_575), 1, name);
    assert.equal(of(24_576), 0, name);
  }
});

test('fo takes the heaviest, ovf until it has more connections than its weight', { skip }, () => {
  const failover = make('fo', [3, 5, 5, 1]);
  assert.equal(ask(busy(failover, [0, 0, 100, 0])), 2);
  failover.setWeight(2, 0);
  assert.equal(ask(failover), 1);

  const overflow = make('ovf', [3, 5]);
  assert.equal(ask(busy(overflow, [0, 5])), 1);
  assert.equal(ask(busy(overflow, [0, 6])), 0);
  assert.equal(ask(busy(overflow, [4, 6])), null);
});

test('twos draws twice by weight and takes the less loaded', { skip }, () => {
  let draws: number[] = [];
  // In list order: id 2 has weight 1, id 1 weight 2, id 0 weight 3; the draws are taken modulo 7.
  const scheduler = make('twos', [3, 2, 1], { random: () => draws.shift() ?? 0 });
  const pick = (...pair: number[]): number | null => {
    draws = pair;
    return ask(scheduler);
  };
  assert.deepEqual(
    [pick(0, 0), pick(1, 1), pick(2, 2), pick(3, 3), pick(4, 4), pick(6, 6), pick(7, 7)],
    [2, 2, 1, 1, 0, 0, 2],
  );
  busy(scheduler, [1, 0, 1]);
  assert.equal(pick(1, 4), 0, 'a connection on weight 3 is less than one on weight 1');
  assert.equal(pick(4, 2), 1);
  assert.equal(pick(2, 4), 1);
});

test('no scheduler finds anything where nothing may be had', { skip }, () => {
  for (const name of ['rr', 'wrr', 'lc', 'wlc', 'lblc', 'lblcr', 'dh', 'sh', 'sed', 'nq', 'mh', 'fo', 'ovf', 'twos']) {
    assert.equal(ask(createScheduler(name)), null, `${name} without destinations`);
    assert.equal(ask(make(name, [0, 0])), null, `${name} without weights`);
    const scheduler = make(name, [1]);
    scheduler.removeDestination(0);
    assert.equal(ask(scheduler), null, `${name} with all removed`);
  }
});

test('IPv6 addresses are hashed as well', { skip }, () => {
  const scheduler = createScheduler('sh', { family: 'IPv6' });
  for (const i of [1, 2, 3]) scheduler.addDestination({ address: `fd00:1::${i}`, port: 80 });
  const chosen = [1, 2, 3, 4, 5, 6, 7, 8].map((i) =>
    scheduler.schedule({ source: `2001:db8::${i}`, sourcePort: 1, destination: 'fd00:96::1' }),
  );
  assert.ok(new Set(chosen).size > 1 && !chosen.includes(null));
});

test('wrong arguments are refused with the reason, and change nothing', { skip }, () => {
  const scheduler = make('rr', [1, 1]);
  const question = { source: '10.2.0.1', sourcePort: 1, destination: '10.96.0.1' };
  const wrong: [() => unknown, RegExp][] = [
    [() => createScheduler('fastest'), /unknown scheduler "fastest"/],
    [() => createScheduler('rr', { flags: ['sh-fast' as 'sh-port'] }), /unknown scheduler flag "sh-fast"/],
    [() => createScheduler('rr', { family: 'IPv5' as 'IPv4' }), /unknown address family/],
    [() => createScheduler('rr', { overhead: 'new' as 'classic' }), /unknown overhead/],
    [() => scheduler.addDestination({ address: 'fd00::1', port: 80 }), /must be an IPv4 address, not "fd00::1"/],
    [() => scheduler.addDestination({ address: '10.1.0.7', port: 65_536 }), /port .* from 0 to 65535, not 65536/],
    [() => scheduler.addDestination({ address: '10.1.0.7', port: 80, weight: -1 }), /weight .* not -1/],
    [() => scheduler.setWeight(7, 1), /no destination has the id 7/],
    [() => scheduler.setConnections(0, 0.5, 0), /whole number/],
    [() => scheduler.advance(-1), /not negative/],
    [() => scheduler.schedule({ ...question, source: 'nobody' }), /source must be an IPv4 address/],
  ];
  for (const [call, message] of wrong)
    assert.throws(call, (error) => error instanceof Fault && message.test(error.message));
  assert.deepEqual(times(scheduler, 3), [1, 0, 1]);
});
