// state.test.ts - what is kept of a cluster: records, torn tails, damage, snapshots, locks, and a restart.
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { createCluster } from '../../../src/cluster/cluster.js';
import { type Commit, decodeCommits, encodeCommit, FORMAT, StateError } from '../../../src/cluster/state/codec.js';
import type { StateFile, StateFiles } from '../../../src/cluster/state/files.js';
import { Keeper } from '../../../src/cluster/state/keeper.js';
import { openState } from '../../../src/cluster/state/state.js';
import { Fault } from '../../../src/model/fault.js';
import type { KubeObject, Service } from '../../../src/model/objects.js';
import { Client } from '../../api/client.js';
import { service } from '../fixtures.js';

const root = mkdtempSync(join(tmpdir(), 'kubewire-state-'));
after(() => rmSync(root, { recursive: true }));

const configMap = (name: string, data: Record<string, string> = {}): KubeObject =>
  ({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace: 'default' }, data }) as KubeObject;

const commit = (version: number): Commit => ({
  version,
  changes: [{ put: configMap(`c${version}`, { text: 'ü'.repeat(version) }) }],
});

function decoded(bytes: Buffer): { length: number; versions: number[] } {
  const versions: number[] = [];
  const length = decodeCommits(bytes, ({ version }) => versions.push(version));
  return { length, versions };
}

const file = Buffer.concat([Buffer.from(FORMAT), ...[1, 2, 3].map((version) => encodeCommit(commit(version)))]);

test('a file that ends anywhere gives the commits that are whole, and where they end', () => {
  const ends = [FORMAT.length];
  for (const version of [1, 2, 3]) ends.push((ends.at(-1) ?? 0) + encodeCommit(commit(version)).length);
  for (let length = 0; length <= file.length; length++) {
    const whole = ends.filter((end) => end <= length);
    const { length: kept, versions } = decoded(file.subarray(0, length));
    assert.equal(kept, whole.at(-1) ?? 0, `cut at ${length}`);
    assert.equal(versions.length, Math.max(0, whole.length - 1), `cut at ${length}`);
    const zeroed = Buffer.from(file);
    zeroed.fill(0, length);
    if (length >= FORMAT.length) assert.equal(decoded(zeroed).length, whole.at(-1), `zeros from ${length}`);
  }
});

test('a byte that is damaged in any record is told, with the place', () => {
  for (let at = 0; at < file.length; at++) {
    const damaged = Buffer.from(file);
    damaged[at] = (damaged[at] ?? 0) ^ 0x55;
    assert.throws(() => decoded(damaged), StateError, `byte ${at}`);
  }
});

test('another format is refused by its name', () => {
  assert.throws(() => decoded(Buffer.from('kubewire state 2\nwhat')), /its format is "kubewire state 2"/);
  assert.throws(() => decoded(Buffer.from('PK\u0003\u0004 something else')), /no state of kubewire/);
});

/** Files in memory; every append takes a turn of the event loop. */
function memory(): StateFiles & { content(): Buffer; installed: number } {
  const pause = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
  let current: Buffer[] = [];
  let next: Buffer[] = [];
  const writer = (parts: () => Buffer[]): StateFile => ({
    async append(bytes) {
      await pause();
      parts().push(bytes);
    },
    sync: pause,
    cut: pause,
    close: pause,
  });
  return {
    path: 'memory',
    installed: 0,
    content: () => Buffer.concat(current),
    read: async () => undefined,
    open: async () => {
      const own = current;
      return writer(() => own);
    },
    async prepare() {
      next = [];
      const own = next;
      return writer(() => own);
    },
    async install() {
      await pause();
      current = next;
      this.installed++;
    },
    settle: pause,
    discard: pause,
  };
}

test('what is kept is in the file at every moment, while it is written anew again and again', async () => {
  const files = memory();
  const objects = new Map<string, KubeObject>();
  let version = 0;
  const moment = () => ({ version, objects: [...objects.values()] });
  const keeper = new Keeper({ files, file: await files.open(0), length: 0, moment, slack: 2000 });
  for (let i = 0; i < 400; i++) {
    const name = `c${i % 90}`;
    const changes = objects.has(name) && i % 3 === 0 ? [] : [{ put: configMap(name, { i: String(i) }) }];
    const gone = changes.length === 0 ? [{ gone: { key: 'ConfigMap', namespace: 'default', name } }] : [];
    for (const { put } of changes) objects.set(name, put);
    if (gone.length > 0) objects.delete(name);
    version++;
    keeper.add({ version, changes: [...changes, ...gone] });
    if (i % 7 !== 0) continue;
    await keeper.kept();
    const found = new Map<string, KubeObject>();
    decodeCommits(files.content(), (one) => {
      for (const change of one.changes) {
        if ('put' in change) found.set(change.put.metadata.name, change.put);
        else found.delete(change.gone.name);
      }
    });
    assert.deepEqual(new Map([...found].sort()), new Map([...objects].sort()), `after ${i}`);
  }
  await keeper.close();
  assert.ok(files.installed > 3, `written anew ${files.installed} times`);
});

/** Memory whose disk has so many bytes; what does not fit is written as far as it goes. */
function smallDisk(): StateFiles & { content(): Buffer; room: number } {
  const contents = new Map<string, Buffer>();
  const disk = {
    path: 'memory',
    room: 0,
    content: () => contents.get('state') ?? Buffer.alloc(0),
    read: async () => undefined,
    open: async () => writer('state'),
    prepare: async () => {
      contents.set('next', Buffer.alloc(0));
      return writer('next');
    },
    async install() {
      contents.set('state', contents.get('next') ?? Buffer.alloc(0));
      contents.delete('next');
    },
    settle: async () => undefined,
    discard: async () => void contents.delete('next'),
  };
  const writer = (first: string): StateFile => {
    let name = first;
    const own = (): Buffer => {
      if (!contents.has(name)) name = 'state';
      return contents.get(name) ?? Buffer.alloc(0);
    };
    return {
      async append(bytes) {
        const before = own();
        const used = [...contents.values()].reduce((sum, { length }) => sum + length, 0);
        const fits = Math.max(0, Math.min(bytes.length, disk.room - used));
        contents.set(name, Buffer.concat([before, bytes.subarray(0, fits)]));
        if (fits < bytes.length) throw new Error('ENOSPC');
      },
      sync: async () => undefined,
      cut: async (length) => void contents.set(name, own().subarray(0, length)),
      close: async () => undefined,
    };
  };
  return disk;
}

test('a full disk is told to whoever waits; once there is room everything is there, and a snapshot without room does no harm', async () => {
  const disk = smallDisk();
  const objects = new Map<string, KubeObject>();
  let version = 0;
  const moment = () => ({ version, objects: [...objects.values()] });
  const keeper = new Keeper({ files: disk, file: await disk.open(0), length: 0, moment, slack: 3000 });
  let refused = 0;
  for (let i = 0; i < 400; i++) {
    // Between two fillings there is sometimes room for a snapshot, and sometimes for less than a record.
    if (i % 5 === 0) disk.room = disk.content().length + (i % 3) * 4000;
    const put = configMap(`c${i % 40}`, { i: String(i) });
    objects.set(put.metadata.name, put);
    keeper.add({ version: ++version, changes: [{ put }] });
    try {
      await keeper.kept();
    } catch (error) {
      assert.match(String(error), /ENOSPC/);
      refused++;
      continue;
    }
    const found = new Map<string, KubeObject>();
    decodeCommits(disk.content(), ({ changes }) => {
      for (const change of changes) if ('put' in change) found.set(change.put.metadata.name, change.put);
    });
    assert.deepEqual(new Map([...found].sort()), new Map([...objects].sort()), `after ${i}`);
  }
  assert.ok(refused > 20 && refused < 380, `${refused} refused`);
  disk.room = Number.POSITIVE_INFINITY;
  await keeper.close();
  assert.equal(keeper.failure, null);
});

test('while the disk refuses, the API writes nothing; once there is room it goes on', async () => {
  const disk = smallDisk();
  disk.room = 1e6;
  const file = await disk.open(0);
  const cluster = createCluster({
    state: {
      kept: { version: 0, objects: [], gone: [] },
      start: (moment) => new Keeper({ files: disk, file, length: 0, moment }),
      close: async () => undefined,
    },
  });
  const client = new Client(cluster);
  const create = (name: string) => client.ask('POST', '/api/v1/namespaces/default/configmaps', configMap(name));
  assert.equal((await create('a')).code, 201);
  disk.room = 0;
  const first = await create('b');
  assert.deepEqual([first.code, /state cannot be written: ENOSPC/.test(first.body.message)], [500, true]);
  assert.equal((await create('c')).code, 500);
  assert.equal(cluster.store.get('ConfigMap', 'default', 'c'), undefined);
  disk.room = 1e6;
  assert.equal((await create('c')).code, 201);
  await cluster.close();
});

test('after a restart there are the same objects, versions go on, and what was allocated stays taken', async () => {
  const directory = join(root, 'restart');
  const first = await openState(directory);
  await assert.rejects(openState(directory), (error: Fault) => /in use by another kubewire/.test(error.message));
  const before = createCluster({ state: first });
  const made = before.store.create(service('web', { type: 'NodePort' })) as Service;
  before.store.create(service('gone'));
  before.store.delete('Service', 'default', 'gone');
  await before.settled();
  await before.kept();
  const objects = new Set(before.store.all().map((object) => JSON.stringify(object)));
  const version = Number(before.store.resourceVersion);
  await before.close();
  await first.close();

  const second = await openState(directory);
  const now = createCluster({ state: second });
  const found = now.store.all().map((object) => JSON.stringify(JSON.parse(JSON.stringify(object))));
  assert.equal(found.length, objects.size);
  assert.deepEqual(now.store.get('Service', 'default', 'web'), made);
  assert.ok(Number(now.store.resourceVersion) >= version);
  const { clusterIP = '', ports = [] } = made.spec;
  assert.throws(() => now.store.create(service('other', { clusterIP })), /already allocated/);
  const taken = service('other', { type: 'NodePort', ports: [{ port: 80, nodePort: ports[0]?.nodePort ?? 0 }] });
  assert.throws(() => now.store.create(taken), /already allocated/);
  await now.close();
  await second.close();
});

test('a torn tail is cut, damage is refused with the remedy, and nothing is changed then', async () => {
  const directory = join(root, 'torn');
  const path = join(directory, 'state');
  const first = await openState(directory);
  const before = createCluster({ state: first });
  before.store.create(configMap('a'));
  await before.kept();
  const whole = readFileSync(path).length;
  before.store.create(configMap('b'));
  await before.close();
  await first.close();

  truncateSync(path, readFileSync(path).length - 3);
  const second = await openState(directory);
  assert.equal(readFileSync(path).length, whole);
  assert.deepEqual(
    second.kept.objects.filter(({ kind }) => kind === 'ConfigMap').map(({ metadata }) => metadata.name),
    ['a'],
  );
  await second.close();

  const damaged = readFileSync(path);
  damaged[whole - 40] = 0xff;
  writeFileSync(path, damaged);
  await assert.rejects(openState(directory), (error: Fault) => {
    assert.match(`${error.message} ${error.remedy}`, /is damaged.*truncate --size=\d+/s);
    return error instanceof Fault;
  });
  assert.deepEqual(readFileSync(path), damaged);
});
