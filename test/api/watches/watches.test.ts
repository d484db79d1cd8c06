// watches.test.ts - watches over the API: what they begin with, selectors, forms, budgets, and clients that come and go.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { type Cluster, createCluster } from '../../../src/cluster/cluster.js';
import type { KubeObject } from '../../../src/model/objects.js';
import { Client } from '../client.js';

const MAPS = '/api/v1/namespaces/default/configmaps';
let cluster: Cluster;
let client: Client;

const configMap = (name: string, data: Record<string, string> = {}, labels = {}): KubeObject =>
  ({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace: 'default', labels }, data }) as KubeObject;

/** Watches keep no process alive. */
let awake: NodeJS.Timeout;

before(() => {
  awake = setInterval(() => undefined, 1000);
  cluster = createCluster();
  client = new Client(cluster);
});

after(() => {
  clearInterval(awake);
  return cluster.close();
});

interface Event {
  readonly type: string;
  // biome-ignore lint/suspicious/noExplicitAny: events are read by their fields
  readonly object: any;
}

class Watching {
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>;
  readonly #decoder = new TextDecoder();
  #text = '';
  ended = false;

  constructor(response: Response) {
    assert.equal(response.status, 200);
    assert.ok(response.body);
    this.#reader = response.body.getReader();
  }

  static async of(query: string, headers = {}, path = MAPS): Promise<Watching> {
    return new Watching(await client.send('GET', `${path}?watch=1&${query}`, undefined, headers));
  }

  /** The next event; undefined at the end. */
  async next(): Promise<Event | undefined> {
    for (;;) {
      const end = this.#text.indexOf('\n');
      if (end >= 0) {
        const line = this.#text.slice(0, end);
        this.#text = this.#text.slice(end + 1);
        return JSON.parse(line);
      }
      const { value, done } = await this.#reader.read();
      if (done) {
        this.ended = true;
        return undefined;
      }
      this.#text += this.#decoder.decode(value, { stream: true });
    }
  }

  async take(count: number): Promise<Event[]> {
    const events: Event[] = [];
    while (events.length < count) {
      const event = await this.next();
      if (!event) break;
      events.push(event);
    }
    return events;
  }

  close(): Promise<void> {
    return this.#reader.cancel();
  }
}

const told = (events: Event[]): string[] => events.map(({ type, object }) => `${type} ${object.metadata?.name ?? ''}`);

test('an object that a selector loses is deleted for the watch, as it was, with the version of the change', async () => {
  const watching = await Watching.of('labelSelector=team%3Da');
  cluster.store.create(configMap('lost', { x: '1' }, { team: 'a' }));
  const now = cluster.store.update(configMap('lost', { x: '2' }, { team: 'b' }));
  cluster.store.update(configMap('lost', { x: '3' }, { team: 'a' }));
  const events = await watching.take(3);
  assert.deepEqual(told(events), ['ADDED lost', 'DELETED lost', 'ADDED lost']);
  assert.equal(events[1]?.object.data.x, '1');
  assert.equal(events[1]?.object.metadata.resourceVersion, now.metadata.resourceVersion);
  await watching.close();
});

test('initial events end with a bookmark that says so; without one they are not asked for', async () => {
  // Controllers may still be at work on what an earlier test made.
  await cluster.settled();
  const initial = 'sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true';
  const watching = await Watching.of(initial);
  const events = await watching.take(cluster.store.list('ConfigMap', 'default').length + 1);
  const { type, object } = events.at(-1) as Event;
  assert.deepEqual([type, object.metadata.annotations], ['BOOKMARK', { 'k8s.io/initial-events-end': 'true' }]);
  assert.equal(object.metadata.resourceVersion, cluster.store.resourceVersion);
  await watching.close();
  const none = await Watching.of('sendInitialEvents=false&resourceVersionMatch=NotOlderThan&resourceVersion=0');
  cluster.store.create(configMap('first'));
  assert.deepEqual(told(await none.take(1)), ['ADDED first']);
  await none.close();
});

test('a watch ends after its seconds, and says shortly before where it is', async () => {
  const watching = await Watching.of(
    'timeoutSeconds=3&allowWatchBookmarks=true&resourceVersion=0&fieldSelector=metadata.name%3Dnone',
  );
  const [bookmark] = await watching.take(2);
  assert.ok(watching.ended);
  assert.deepEqual([bookmark?.type, bookmark?.object.kind], ['BOOKMARK', 'ConfigMap']);
});

test('a version that is forgotten is an ERROR of 410, and the end', async () => {
  const watching = await Watching.of('resourceVersion=1');
  const [event] = await watching.take(2);
  assert.deepEqual([event?.type, event?.object.code, watching.ended], ['ERROR', 410, true]);
});

test('a version that is none is refused', async () => {
  const { code, body } = await client.ask('GET', `${MAPS}?watch=true&resourceVersion=x`);
  assert.deepEqual([code, body.reason], [500, undefined]);
  assert.match(body.message, /parsing "x": invalid syntax/);
});

test('tables have their columns in the first event only; metadata comes alone when it is asked for', async () => {
  const accept = (as: string) => ({ accept: `application/json;as=${as};v=v1;g=meta.k8s.io` });
  const { resourceVersion } = cluster.store;
  const [table, metadata] = [
    await Watching.of(`resourceVersion=${resourceVersion}`, accept('Table')),
    await Watching.of(`resourceVersion=${resourceVersion}`, accept('PartialObjectMetadata')),
  ];
  cluster.store.create(configMap('row'));
  cluster.store.delete('ConfigMap', 'default', 'row');
  const rows = await table.take(2);
  assert.deepEqual(
    rows.map(({ object }) => [object.kind, object.columnDefinitions !== null, object.rows[0].cells[0]]),
    [
      ['Table', true, 'row'],
      ['Table', false, 'row'],
    ],
  );
  const [made] = await metadata.take(1);
  assert.deepEqual([made?.object.kind, made?.object.data], ['PartialObjectMetadata', undefined]);
  await table.close();
  await metadata.close();
});

test('clients that never read cost a bounded memory, end with 410, and slow no writer', async () => {
  const large = { text: 'x'.repeat(900_000) };
  cluster.store.create(configMap('large', large));
  const { resourceVersion } = cluster.store;
  const idle = await Promise.all(Array.from({ length: 20 }, () => Watching.of(`resourceVersion=${resourceVersion}`)));
  const before = process.memoryUsage();
  for (let i = 0; i < 300; i++) {
    cluster.store.update(configMap('large', { text: `${i}${large.text}` }));
    if (i % 10 === 0) await new Promise((resolve) => setImmediate(resolve));
  }
  const { rss } = process.memoryUsage();
  assert.ok(rss - before.rss < 400e6, `${Math.round((rss - before.rss) / 1e6)} MB`);
  for (const watching of idle) {
    const events = await watching.take(1000);
    assert.deepEqual([events.at(-1)?.type, events.at(-1)?.object.code], ['ERROR', 410]);
    assert.ok(events.length < 20);
  }
});

test('a client that is disconnected a hundred times while objects churn ends with the state of the store', async () => {
  const known = new Map<string, string>();
  let version = cluster.store.resourceVersion;
  let connections = 0;
  let seed = 7;
  const random = (below: number): number => {
    seed = (seed * 1103515245 + 12345) % 2 ** 31;
    return seed % below;
  };
  const churn = (): void => {
    const name = `churn-${random(1000)}`;
    const there = cluster.store.get('ConfigMap', 'default', name);
    if (!there) cluster.store.create(configMap(name));
    else if (random(3) === 0) cluster.store.delete('ConfigMap', 'default', name);
    else cluster.store.update(configMap(name, { n: String(random(1e6)) }));
  };
  const learn = ({ type, object }: Event): void => {
    version = object.metadata.resourceVersion;
    if (type === 'DELETED') known.delete(object.metadata.name);
    else if (type !== 'BOOKMARK') known.set(object.metadata.name, version);
  };
  const state = (): Map<string, string> =>
    new Map(
      cluster.store
        .list('ConfigMap', 'default')
        .filter(({ metadata }) => metadata.name.startsWith('churn-'))
        .map(({ metadata }) => [metadata.name, metadata.resourceVersion ?? '']),
    );
  while (connections < 100) {
    const watching = await Watching.of(`resourceVersion=${version}`);
    connections++;
    for (let i = 0; i < 50; i++) churn();
    // Hangs up in the middle of what it is told.
    for (const event of await watching.take(1 + random(40))) learn(event);
    await watching.close();
  }
  const last = await Watching.of(`resourceVersion=${version}`);
  const target = cluster.store.resourceVersion;
  while (version !== target) learn((await last.next()) as Event);
  await last.close();
  assert.deepEqual(new Map([...known].sort()), new Map([...state()].sort()));
});
