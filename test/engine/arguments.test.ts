// arguments.test.ts - whatever a native object or an engine is given, it answers or refuses by name, and never crashes.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { COUNTERS } from '../../src/abi/layout.js';
import { loadAddon } from '../../src/engine/addon.js';
import { createNativeEngine } from '../../src/engine/native.js';
import { createReferenceEngine } from '../../src/engine/reference/engine.js';
import { createScheduler } from '../../src/engine/scheduler.js';
import { createGate } from '../../src/engine/shard.js';
import { Fault } from '../../src/model/fault.js';

type Method = (...args: unknown[]) => unknown;
type Methods = Record<string, Method>;

/** What nobody should pass. */
const HOSTILE: readonly unknown[] = [
  undefined,
  null,
  Number.NaN,
  -2,
  0.5,
  1e12,
  2 ** 53,
  Number.POSITIVE_INFINITY,
  -1n,
  1n << 64n,
  '',
  'no\0thing',
  Symbol.iterator,
  {},
  [],
  new Array(2 ** 32 - 1),
  [undefined],
  new Uint8Array(0),
  new Uint8Array(3),
  new Float64Array(4),
  () => 1,
];

/** Lists of arguments: none, and each hostile value in each place among values that are right. */
function* argumentLists(right: readonly unknown[]): Generator<unknown[]> {
  yield [];
  for (let place = 0; place < right.length; place++) {
    for (const value of HOSTILE) yield right.map((own, i) => (i === place ? value : own));
  }
}

/** Errors of the kernel carry an errno: the arguments were taken, and what they name is not there. */
function refusesByName(error: unknown): boolean {
  const { errno, message } = error as { errno?: number; message: string };
  const isKind =
    error instanceof TypeError || error instanceof RangeError || (error instanceof Fault && error.code === 'USAGE');
  return (
    (isKind || typeof errno === 'number' || (error instanceof Fault && error.code === 'IMAGE_REFUSED')) &&
    !/read propert|destructure|undefined \(/.test(message)
  );
}

function attack(name: string, call: (args: unknown[]) => unknown, right: readonly unknown[]): void {
  for (const args of argumentLists(right)) {
    try {
      call(args);
    } catch (error) {
      assert.ok(refusesByName(error), `${name}: ${(error as Error).stack}`);
    }
  }
}

/** What the methods of an object's class are called, or its own members. */
const methodsOf = (object: object): string[] => {
  const proto = Object.getPrototypeOf(object);
  const holder = proto === Object.prototype ? object : proto;
  return Object.getOwnPropertyNames(holder).filter(
    (name) => name !== 'constructor' && typeof (object as Methods)[name] === 'function',
  );
};

/** Attacks every method of an object; a method without right arguments here fails the test. */
function attackAll(title: string, make: () => object, right: Readonly<Record<string, readonly unknown[]>>): void {
  const names = methodsOf(make());
  assert.deepEqual(
    names.filter((name) => !(name in right)),
    [],
    `${title}: methods whose arguments this test does not know`,
  );
  const object = make() as Methods;
  for (const name of names) attack(`${title}.${name}`, (args) => object[name]?.(...args), right[name] ?? []);
}

const counters = (): BigUint64Array => new BigUint64Array(new SharedArrayBuffer(COUNTERS.cells * 8));
const ADDRESS = new Uint8Array(16);

test('every method of every native class refuses what is wrong by name', () => {
  const addon = loadAddon() as unknown as Record<string, new (...args: unknown[]) => object>;
  const classes = Object.keys(addon).filter((name) => /^[A-Z]/.test(name));
  const right: Readonly<Record<string, Readonly<Record<string, readonly unknown[]>>>> = {
    NodeEngine: {
      ...{ load: [new Uint8Array(8), 0n], patch: [new Uint8Array(8), 0n], scriptRandom: [new Uint32Array(1)] },
      ...{ flows: [new Uint8Array(8), 0n], flowCount: [], sweep: [0n, 1], close: [] },
      ...{ save: [], restore: [new Uint8Array(8), 0n] },
      process: [new Uint8Array(64), 64, 0, new Uint32Array(6), 0n, new Uint8Array(64), new Uint8Array(65_550)],
      processBatch: [new Uint8Array(64), Uint32Array.of(64), Uint32Array.of(0), 1, 0n],
    },
    IpvsScheduler: {
      ...{ add: [ADDRESS, 80, 1], setWeight: [0, 1], remove: [0], setOverload: [0, 1], setConnections: [0, 1, 1] },
      schedule: [ADDRESS, 1, ADDRESS, 0n, 0, 0],
    },
    Shard: {
      ...{ addNode: [1, 1, 64, counters()], removeNode: [1], loadImage: [1, new Uint8Array(8)] },
      ...{ patchImage: [1, new Uint8Array(8)], attachTap: [1, 0, 1 << 20, 0, 0, 0], attachMemory: [1, 0, 0] },
      ...{ detach: [1, 0], put: [1, 0, new Uint8Array(20), new Uint32Array(6)], take: [1, 0], flows: [1] },
      ...{ losses: [1], affinities: [1], lendBy: [1 << 20, 1 << 20, 8], lent: [], close: [] },
      ...{
        trace: [0, new Uint8Array(8)],
        save: [1],
        link: [new Uint8Array(), new Uint8Array(), new Uint8Array(), counters()],
      },
      ...{ connectRing: ['in', 0, new Uint8Array(64), 1 << 20] },
      // Long slices are what they are: only the form of the arguments is looked at.
      run: [],
    },
    Yard: { plug: [1 << 20, 'eth0', '02:00:00:00:00:01', 1500, 'port1.1'], maps: [], close: [] },
  };
  assert.deepEqual(
    classes.filter((name) => !right[name]),
    [],
    'classes that this test does not know',
  );
  const wake = (): unknown => Reflect.apply(addon.createWake as unknown as Method, addon, []);
  const made: Record<string, readonly unknown[]> = {
    ...{ NodeEngine: [1, 64, counters()], IpvsScheduler: [1, 0], Shard: [0, 1, wake(), wake(), createGate()] },
    Yard: [1 << 20, 8],
  };
  for (const name of classes) {
    const create = (args: readonly unknown[]): object => Reflect.construct(addon[name] as never, args);
    attackAll(name, () => create(made[name] ?? []), right[name] ?? {});
    attack(`new ${name}`, create, made[name] ?? []);
  }
});

test('every function of the addon for the lab refuses what is wrong by name', () => {
  const addon = loadAddon() as unknown as Methods;
  const NONE = 1 << 20;
  const right: Readonly<Record<string, readonly unknown[]>> = {
    ...{ closeFd: [NONE], createTap: [NONE, 'eth0', '', 1500, false], removeAddresses: [NONE, 'eth0', []] },
    ...{ configureInterface: [NONE, 'eth0', '', 0, -1, [], [], []], divertOwnAddresses: [NONE, 'eth0', []] },
    ...{ setSysctls: [NONE, []], createSocket: [NONE, 'tcp', 4, '', 0], sendPacket: [NONE, new Uint8Array(20)] },
    ...{ readFrame: [NONE, new Uint8Array(20)], trackedConnections: [NONE, 0], forgetUdpConnections: [NONE, []] },
    ...{ wake: [NONE], patchAsleep: [createGate(), 1, new Uint8Array(8)] },
  };
  for (const [name, args] of Object.entries(right)) {
    assert.equal(typeof addon[name], 'function', name);
    attack(name, (given) => addon[name]?.(...given), args);
  }
});

for (const [kind, create] of [
  ['native', createNativeEngine],
  ['reference', createReferenceEngine],
] as const) {
  test(`the ${kind} engine refuses what is wrong with a Fault`, () => {
    const image = new Uint8Array(8);
    attackAll(kind, () => create({ seed: 1, flowCapacity: 64 }), {
      ...{ load: [image, 0n], patch: [image, 0n], process: [{ port: 0, bytes: new Uint8Array(60) }, 0n] },
      ...{ scriptRandom: [[1]], flows: [0n], counters: [], close: [] },
      ...{ save: [], restore: [image, 0n], sweep: [0n, 1] },
    });
    const engine = create({ seed: 1 }) as unknown as Methods;
    for (const name of ['load', 'patch', 'process', 'scriptRandom', 'flows']) {
      assert.throws(
        () => engine[name]?.(),
        (error) => error instanceof Fault && error.code === 'USAGE',
        name,
      );
    }
    assert.throws(() => (create as unknown as Method)(), Fault);
  });
}

test('a scheduler refuses what is wrong with a Fault, and time that ends', () => {
  const make = () => {
    const scheduler = createScheduler('rr');
    scheduler.addDestination({ address: '10.0.0.1', port: 80 });
    return scheduler;
  };
  const question = { source: '10.0.0.1', sourcePort: 1, destination: '10.0.0.2' };
  attackAll('scheduler', make, {
    ...{ addDestination: [{ address: '10.0.0.1', port: 80 }], setWeight: [0, 1], removeDestination: [0] },
    ...{ setOverload: [0, true], setConnections: [0, 1, 1], advance: [1], schedule: [question] },
  });
  const scheduler = make();
  const isFault = (error: unknown): boolean => error instanceof Fault && error.code === 'USAGE';
  assert.throws(() => scheduler.advance(1e12), isFault);
  for (let i = 0; i < 3; i++) scheduler.advance(6e9);
  assert.throws(() => scheduler.advance(6e9), isFault);
  assert.equal(scheduler.schedule(question), 0);
  for (const name of methodsOf(scheduler)) {
    assert.throws(() => (scheduler as unknown as Methods)[name]?.(), isFault, name);
  }
  for (const bad of [undefined, null, 7, 'rr ', {}]) assert.throws(() => (createScheduler as Method)(bad), isFault);
  assert.throws(() => (createScheduler as Method)('rr', null), isFault);
});
