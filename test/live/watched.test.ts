// watched.test.ts - a live cluster is followed through disconnects and forgotten versions, and nothing is written to it.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { TableSet } from '../../src/image/table.js';
import { compile } from '../../src/library/tables.js';
import { LIVE_PATHS, type LivePart, liveObjects } from '../../src/live/objects.js';
import type { Query, Reader, WatchEvent } from '../../src/live/reader.js';
import { LiveServer } from '../../src/live/server.js';
import { StatusFailure } from '../../src/live/status.js';
import { Watched } from '../../src/live/watched.js';
import type { KubeObject, Service } from '../../src/model/objects.js';
import { worldFromObjects } from '../../src/observe/objects.js';
import { until } from '../support/eventually.js';
import { manyServices } from '../support/many-services.js';
import { type Served, serve } from './served.js';

let served: Served;

before(async () => {
  served = await serve();
});

after(() => served.close());

const connect = (): LiveServer => new LiveServer(served.target, {}, Date.now);

async function tablesOf(objects: readonly KubeObject[]): Promise<TableSet> {
  const world = await worldFromObjects(objects, {
    impliedNode: null,
    config: {},
    taking: { how: 'recorded', why: '' },
  });
  return compile(world, 'node-2', 'nftables');
}

const versions = (objects: readonly KubeObject[]): string[] =>
  objects.map(({ kind, metadata }) => `${kind} ${metadata.namespace}/${metadata.name} ${metadata.resourceVersion}`);

test('through disconnects, forgotten versions and 5,000 objects the tables are those of a fresh list at every rest', async (t) => {
  const { cluster } = served;
  const { store } = cluster;
  assert.deepEqual(cluster.apply(manyServices(2500), { once: true }).refused, []);
  const faults: unknown[] = [];
  const watched = await Watched.open(
    connect(),
    LIVE_PATHS,
    (error) => faults.push(error),
    () => 10,
  );
  t.after(() => watched.close());
  assert.ok(liveObjects(watched).length > 5000);
  const change = (round: number): void => {
    store.delete('Service', 'many', `s${round}`);
    const one = store.get<Service>('Service', 'many', `s${round + 100}`);
    assert.ok(one);
    store.update({
      ...one,
      metadata: { ...one.metadata, labels: { round: `${round}` } },
      spec: { ...one.spec, sessionAffinity: 'ClientIP' },
    });
    cluster.apply(manyServices(2501 + round).slice(-2), { once: true });
  };
  const cuts: (() => void)[][] = [[], [served.cut], [() => store.forget()], [served.cut, () => store.forget()]];
  for (const [round, blows] of cuts.entries()) {
    change(3 * round);
    for (const blow of blows) blow();
    change(3 * round + 1);
    for (const blow of blows) blow();
    change(3 * round + 2);
    const fresh = liveObjects(await Watched.read(connect(), LIVE_PATHS));
    const wanted = versions(fresh).join('\n');
    await until(() => versions(liveObjects(watched)).join('\n') === wanted);
    assert.deepEqual(await tablesOf(liveObjects(watched)), await tablesOf(fresh), `round ${round}`);
  }
  assert.deepEqual(faults, []);
  assert.deepEqual([...new Set(served.verbs)], ['GET'], 'nothing is ever written');
  assert.ok(served.verbs.length > 20);
});

// ---- what a server says that cannot be had on demand

const refused = (code: number): StatusFailure => new StatusFailure({ kind: 'Status', code, message: `no: ${code}` });
const service = (name: string, version: string): KubeObject => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name, namespace: 'default', resourceVersion: version },
});
const listOf = (version: string, names: readonly string[], next = ''): unknown => ({
  kind: 'ServiceList',
  apiVersion: 'v1',
  metadata: { resourceVersion: version, ...(next ? { continue: next } : {}) },
  items: names.map((name) => service(name, version)),
});

type Step = unknown[] | Error;

/** Answers what it was told to, in this order, and remembers what it was asked. Watches without an answer stay open. */
class Scripted implements Reader {
  readonly asked: string[] = [];
  readonly #lists: unknown[];
  readonly #watches: Step[];

  constructor(lists: unknown[], watches: Step[] = []) {
    this.#lists = lists;
    this.#watches = watches;
  }

  get<T>(path: string, query: Query = {}): Promise<T> {
    this.asked.push(`list ${path} ${query.continue ?? ''}`.trim());
    const answer = this.#lists.shift();
    return answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer as T);
  }

  async *watch(_path: string, query: Query = {}): AsyncGenerator<WatchEvent> {
    this.asked.push(`watch ${query.resourceVersion}`);
    const step = this.#watches.shift();
    if (step === undefined) await new Promise(() => undefined);
    if (step instanceof Error) throw step;
    yield* (step ?? []) as WatchEvent[];
  }
}

const SERVICES = { services: ['/svc'] } as unknown as Readonly<Record<LivePart, readonly string[]>>;
const names = (watched: Watched<LivePart>): string[] => watched.list('services').map(({ metadata }) => metadata.name);

test('a list comes in pages, and whole when the server forgets them in between', async () => {
  const paged = new Scripted([listOf('1', ['a'], 'more'), listOf('1', ['b'])]);
  assert.deepEqual(names(await Watched.read(paged, SERVICES)), ['a', 'b']);
  assert.deepEqual(paged.asked, ['list /svc', 'list /svc more']);
  const forgotten = new Scripted([listOf('1', ['a'], 'more'), refused(410), listOf('2', ['b', 'c'])]);
  assert.deepEqual(names(await Watched.read(forgotten, SERVICES)), ['b', 'c']);
});

test('a stream that ends goes on from its last version, bookmarks included; a forgotten one begins with a list', async () => {
  const api = new Scripted(
    [listOf('1', ['a']), listOf('9', ['z'])],
    [
      [{ type: 'ADDED', object: service('b', '2') }],
      [{ type: 'BOOKMARK', object: { ...service('', '5') } }],
      new Error('the connection broke'),
      [{ type: 'ERROR', object: { kind: 'Status', code: 410 } }],
    ],
  );
  const watched = await Watched.open(
    api,
    SERVICES,
    (error) => assert.fail(String(error)),
    () => 1,
  );
  await until(() => api.asked.length >= 7);
  assert.deepEqual(api.asked, ['list /svc', 'watch 1', 'watch 2', 'watch 5', 'watch 5', 'list /svc', 'watch 9']);
  assert.deepEqual(names(watched), ['z']);
});

test('without patience the first broken connection is the end', async () => {
  const api = new Scripted([listOf('1', ['a'])], [new Error('gone')]);
  const ended = await new Promise((resolve) => void Watched.open(api, SERVICES, resolve));
  assert.match(String(ended), /gone/);
});

test('a kind that nobody serves is asked for again when definitions change, and not before', async () => {
  const change = [{ type: 'ADDED', object: service('gateways', '2') }];
  const api = new Scripted([refused(404), listOf('1', []), listOf('3', ['web'])], [change]);
  const paths = { services: ['/svc'], definitions: ['/crds'] };
  const watched = await Watched.open(
    api,
    paths,
    (error) => assert.fail(String(error)),
    () => 1,
  );
  assert.deepEqual(watched.list('services'), []);
  await until(() => watched.list('services').length === 1);
  assert.deepEqual(api.asked.slice(0, 4), ['list /svc', 'list /crds', 'watch 1', 'list /svc']);
});
