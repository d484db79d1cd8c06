// hostile-clients.ts - clients that write what is right, almost right and nonsense, side by side, to an API in this process.
import assert from 'node:assert/strict';
import type { Cluster } from '../../src/cluster/cluster.js';
import { groupVersion, type Resource } from '../../src/cluster/kinds/kind.js';
import { RESOURCES } from '../../src/cluster/kinds/registry.js';
import { Client } from '../api/client.js';
import { deployment, pod, service } from '../cluster/fixtures.js';
import type { Dice } from './seed.js';

const CLIENTS = 24;
/** Few names, so that clients get into each other's way. */
const NAMES = ['a', 'b', 'c', 'default', 'node-1', 'kubernetes'];
const STRANGE_NAMES = ['..', 'A_B', '%00', 'x'.repeat(300), '%F0%9F%90%99', '__proto__', 'constructor', '-', '%2F'];
const METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'HEAD', 'OPTIONS'];
const TYPES = [
  'application/json',
  'application/json',
  'application/merge-patch+json',
  'application/strategic-merge-patch+json',
  'application/json-patch+json',
  'application/apply-patch+yaml',
  'application/yaml',
  'application/vnd.kubernetes.protobuf',
  'application/cbor',
  'text/plain; charset=latin1',
];
const PARAMETERS = [
  'fieldManager=x',
  'fieldManager=x&force=true',
  'dryRun=All',
  'dryRun=Some',
  'fieldValidation=Strict',
  'fieldSelector=metadata.name%3Da',
  'fieldSelector=%3D%3D',
  'labelSelector=app+in+(a,b)',
  'labelSelector=!!',
  'limit=2',
  'limit=-1',
  'continue=e30',
  'resourceVersion=1',
  'resourceVersion=x',
  'resourceVersionMatch=Exact&resourceVersion=100',
  'propagationPolicy=Foreground',
  'gracePeriodSeconds=0',
  'includeObject=Object',
];
const ACCEPTS = ['application/json', 'application/yaml', 'application/json;as=Table;v=v1;g=meta.k8s.io', '*/*'];

const template = { metadata: { labels: { app: 'a' } }, spec: { containers: [{ name: 'a', image: 'a:1' }] } };
/** Specs that are right, by kind; others are sent without one. */
const SPECS: Readonly<Record<string, object>> = {
  Service: service('a', { type: 'LoadBalancer' }).spec,
  Deployment: deployment('a', 1).spec as object,
  Pod: pod('a', {}).spec,
  StatefulSet: { serviceName: 'a', selector: { matchLabels: { app: 'a' } }, template },
  DaemonSet: { selector: { matchLabels: { app: 'a' } }, template },
  Job: { template: { spec: { ...template.spec, restartPolicy: 'Never' } } },
  Ingress: { defaultBackend: { service: { name: 'a', port: { number: 80 } } } },
  ServiceCIDR: { cidrs: ['10.9.0.0/16'] },
  PodDisruptionBudget: { minAvailable: '50%', selector: { matchLabels: { app: 'a' } } },
};

/** So many lists in one another. */
const nested = (depth: number): unknown => (depth === 0 ? [] : [nested(depth - 1)]);

const NONSENSE: readonly ((dice: Dice) => unknown)[] = [
  () => null,
  () => [],
  () => ({}),
  () => '',
  () => true,
  () => -1,
  () => 1e308,
  () => 2 ** 53,
  () => 0.5,
  () => 'x'.repeat(5000),
  () => '\u0000\ud800',
  () => '10.0.0.0/33',
  () => '2026-13-45T99:00:00Z',
  () => [null, [null]],
  () => ({ $patch: 'replace' }),
  () => ({ $patch: 'nonsense', '$deleteFromPrimitiveList/finalizers': 3 }),
  () => JSON.parse('{"__proto__": {"a": 1}, "constructor": 1}'),
  (dice) => nested(1 + dice.below(200)),
];

/** Changes something somewhere in a value. */
function spoiled(value: unknown, dice: Dice): unknown {
  if (dice.chance(25) || value === null || typeof value !== 'object') return dice.pick(NONSENSE)(dice);
  if (Array.isArray(value)) {
    if (value.length === 0 || dice.chance(20)) return [...value, dice.pick(NONSENSE)(dice), ...value];
    const at = dice.below(value.length);
    return value.map((item, i) => (i === at ? spoiled(item, dice) : item));
  }
  const keys = Object.keys(value);
  if (keys.length === 0 || dice.chance(10))
    return { ...value, [dice.pick(['x', 'status', 'name', 'ports'])]: dice.pick(NONSENSE)(dice) };
  const key = dice.pick(keys);
  if (dice.chance(15)) return Object.fromEntries(Object.entries(value).filter(([other]) => other !== key));
  return { ...value, [key]: spoiled((value as Record<string, unknown>)[key], dice) };
}

function objectOf(resource: Resource, name: string, dice: Dice): unknown {
  const { kind } = resource;
  const spec = SPECS[kind];
  const object: Record<string, unknown> = {
    apiVersion: groupVersion(resource),
    kind,
    metadata: { name, labels: { app: dice.pick(NAMES) }, annotations: { n: String(dice.bits()) } },
    ...(spec ? { spec } : {}),
    ...(kind === 'ConfigMap' ? { data: { n: String(dice.bits()) } } : {}),
  };
  return dice.chance(50) ? object : spoiled(object, dice);
}

function pathOf(resource: Resource, name: string | null, dice: Dice): string {
  const { group, version, plural, namespaced } = resource;
  const place = namespaced ? `/namespaces/${dice.chance(95) ? 'default' : dice.pick(STRANGE_NAMES)}` : '';
  const below =
    name !== null && dice.chance(15) ? `/${dice.pick(['status', 'scale', 'log', 'eviction', 'x', 'token'])}` : '';
  const query = dice.chance(30) ? `?${dice.pick(PARAMETERS)}&${dice.pick(PARAMETERS)}` : '';
  const root = group === '' ? `/api/${version}` : `/apis/${group}/${version}`;
  return `${root}${place}/${plural}${name === null ? '' : `/${name}`}${below}${query}`;
}

function bodyOf(object: unknown, type: string, dice: Dice): string | undefined {
  if (dice.chance(5)) return undefined;
  const value = type.includes('json-patch')
    ? [
        {
          op: dice.pick(['add', 'remove', 'test', 'move', 'x']),
          path: dice.pick(['/spec', '/metadata/name', '', '/~2', '/spec/ports/-']),
          from: '/spec',
          value: object,
        },
      ]
    : object;
  const text = JSON.stringify(value);
  return dice.chance(5) ? text.slice(0, dice.below(text.length)) : text;
}

/** What a real kube-apiserver answers with 500, too, although the client is to blame. */
const AS_RECORDED = /failed to create typed patch object|unknown patch type:|no preferred addresses found/;

/** Codes of all answers, with how often each was given. */
type Codes = ReadonlyMap<number, number>;

/** Sends so many requests. Throws for an answer that blames the server. */
export async function besiege(cluster: Cluster, requests: number, dice: Dice): Promise<Codes> {
  const client = new Client(cluster);
  const codes = new Map<number, number>();
  let left = requests;
  const one = async (): Promise<void> => {
    const resource = dice.pick(RESOURCES);
    const name = dice.chance(95) ? dice.pick(NAMES) : dice.pick(STRANGE_NAMES);
    const method = dice.pick(METHODS);
    const type = dice.pick(TYPES);
    const path = pathOf(resource, method === 'POST' || dice.chance(10) ? null : name, dice);
    const body = method === 'GET' || method === 'HEAD' ? undefined : bodyOf(objectOf(resource, name, dice), type, dice);
    const response = await client.send(method, path, body, { 'content-type': type, accept: dice.pick(ACCEPTS) });
    const text = await response.text();
    const fine = response.status < 500 || AS_RECORDED.test(text);
    assert.ok(fine, `${method} ${path} (${type}) ${body?.slice(0, 2000)}: ${response.status} ${text}`);
    codes.set(response.status, (codes.get(response.status) ?? 0) + 1);
  };
  const clients = Array.from({ length: CLIENTS }, async () => {
    while (left-- > 0) await one();
  });
  await Promise.all(clients);
  await cluster.settled();
  return codes;
}

/** What clients have left can be listed, in every kind and way. */
export async function listAll(cluster: Cluster): Promise<void> {
  const client = new Client(cluster);
  for (const { group, version, plural } of RESOURCES)
    for (const accept of ACCEPTS) {
      const path = `${group === '' ? `/api/${version}` : `/apis/${group}/${version}`}/${plural}`;
      const response = await client.send('GET', path, undefined, { accept });
      assert.ok(response.status < 500, `${path}: ${response.status} ${await response.text()}`);
    }
}
