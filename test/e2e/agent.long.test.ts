// agent.long.test.ts - two agents on two machines run the nodes of one cluster: traffic between them, and what becomes of it when one ends.
// Takes turns: an API, and two agents with their labs.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { runInNamespace, type Spawned } from '../../src/lab/host/process.js';
import type { Pod } from '../../src/model/objects.js';
import { NETNS_ANNOTATION } from '../../src/topology/annotations.js';
import { eventually, until } from '../support/eventually.js';
import { labUnavailable, programUnavailable } from './harness.js';
import { Machines } from './machines.js';

const LEASE_S = 4;

describe('two agents', { skip: labUnavailable() ?? programUnavailable('curl') ?? false }, () => {
  let machines: Machines;
  let config = '';
  let serve: () => Spawned;
  let api: Spawned;
  const agents: Spawned[] = [];

  const get = async <T>(...words: string[]): Promise<T[]> =>
    (JSON.parse(await machines.user.must('get', ...words, '-o', 'json')) as { items: T[] }).items;
  const pods = (app: string): Promise<Pod[]> => get<Pod>('pods', '-l', `app=${app}`);
  const ready = async (app: string): Promise<Pod[]> =>
    (await pods(app)).filter(({ status }) =>
      status?.conditions?.some(({ type, status: is }) => type === 'Ready' && is === 'True'),
    );
  /** What is to be read where something has not come to be. */
  const story = async (): Promise<string> =>
    `${machines.said}\n${await machines.user.must('get', 'pods,nodes', '-o', 'wide')}`;
  const enter = (machine: number, ...words: string[]): Spawned =>
    machines.start(machine, [
      'agent',
      '--kubeconfig',
      config,
      '--name',
      `agent-${machine}`,
      '--lease',
      `${LEASE_S}s`,
      ...words,
    ]);

  /** The machine whose agent holds a namespace. */
  const machineOf = (path: string): number => agents.findIndex(({ pid }) => path.startsWith(`/proc/${pid}/`));

  /** What curl says inside a pod. */
  const curl = async (pod: Pod, url: string): Promise<string> => {
    const path = pod.metadata.annotations?.[NETNS_ANNOTATION] ?? '';
    return (await runInNamespace(path, ['curl', '-s', '-m', '2', url])).stdout;
  };

  /** So many pods answer a client at an address, one after the other. */
  const hearsAll = async (client: Pod, address: string, count: number): Promise<void> => {
    const heard = new Set<string>();
    await until(async () => {
      const [, name] = /^pod: (\S+)/.exec(await curl(client, `http://${address}/`)) ?? [];
      if (name !== undefined) heard.add(name);
      return heard.size === count;
    }, 20_000).catch(() => assert.fail(`${client.metadata.name} heard ${[...heard]}\n${machines.said}`));
  };

  before(async () => {
    machines = await Machines.lay(2);
    const { user } = machines;
    const tokens = user.file('tokens', 'secret-of-agents,agent,agent,"system:masters"\n');
    serve = () => {
      const words = ['--secure-port', '6443', '--bind-address', '10.9.0.1', '--token-file', tokens];
      return machines.start(-1, ['api', '--state', join(user.folder, 'state'), ...words]);
    };
    api = serve();
    config = await eventually(async () => {
      const { code, stdout } = await user.run(['kubeconfig']);
      return code === 0 ? user.file('config', stdout) : null;
    });
    agents.push(enter(0, '--nodes', '2'), enter(1, '--nodes', '2'));
    const up = async (): Promise<boolean> =>
      /^(kubewire-\d +Ready .*\n){4}$/.test(await user.must('get', 'nodes', '--no-headers'));
    await until(up).catch(async () => assert.fail(await story()));
    await user.must('apply', '-f', user.file('web.yaml', MANIFESTS));
    await until(async () => (await ready('web')).length === 4 && (await ready('client')).length === 2).catch(
      (error) => {
        throw new Error(`${error.message}\n${machines.said}`);
      },
    );
  });

  after(() => machines.leave());

  test('run the nodes that each has made, and a pod of one reaches a Service whose pods run on the other', async () => {
    const [service] = await get<{ spec: { clusterIP: string } }>('services', '--field-selector', 'metadata.name=web');
    const nodes = new Set((await ready('web')).map(({ spec }) => spec.nodeName));
    assert.deepEqual([...nodes].sort(), ['kubewire-1', 'kubewire-2', 'kubewire-3', 'kubewire-4']);
    for (const client of await ready('client')) await hearsAll(client, service?.spec.clusterIP ?? '', 4);
  });

  test('go on when the API is killed and comes back, and a Service that is made then is in force on both', async () => {
    api.kill('SIGKILL');
    await api.wait();
    api = serve();
    const { user } = machines;
    await until(async () => (await user.run(['get', 'nodes'])).code === 0);
    await user.must('apply', '-f', user.file('again.yaml', SERVICE('again')));
    const [again] = await get<{ spec: { clusterIP: string } }>('services', '--field-selector', 'metadata.name=again');
    await until(async () => (await ready('web')).length === 4).catch(async () => assert.fail(await story()));
    for (const client of await ready('client')) await hearsAll(client, again?.spec.clusterIP ?? '', 4);
    const places = (await ready('web')).map(({ metadata }) =>
      machineOf(metadata.annotations?.[NETNS_ANNOTATION] ?? ''),
    );
    assert.deepEqual(places.sort(), [0, 0, 1, 1], 'each has the nodes that it has made');
  });

  test('take over from an agent that is killed: its pods start anew, and the Service goes on at its address', async () => {
    const [lost, kept] = [agents[1], agents[0]] as [Spawned, Spawned];
    const [service] = await get<{ spec: { clusterIP: string } }>('services', '--field-selector', 'metadata.name=web');
    const before = await ready('web');
    const here = new RegExp(`/proc/${kept.pid}/`);
    const own = before.filter(({ metadata }) => here.test(metadata.annotations?.[NETNS_ANNOTATION] ?? ''));
    assert.equal(own.length, 2);
    const killed = performance.now();
    lost.kill('SIGKILL');
    await lost.wait();
    await until(async () => {
      const now = await ready('web');
      return now.length === 4 && now.every(({ metadata }) => here.test(metadata.annotations?.[NETNS_ANNOTATION] ?? ''));
    }, 60_000).catch(async () => assert.fail(await story()));
    const seconds = (performance.now() - killed) / 1000;
    assert.ok(seconds >= LEASE_S, `${seconds} s, and the Lease is for ${LEASE_S} s`);
    const restarts = ({ status }: Pod): number => status?.containerStatuses?.[0]?.restartCount ?? 0;
    const moved = before.filter((pod) => !own.includes(pod));
    const again = (await pods('web')).filter(({ metadata }) => moved.some((one) => one.metadata.uid === metadata.uid));
    assert.equal(again.length, 2);
    for (const pod of again) {
      const old = moved.find(({ metadata }) => metadata.uid === pod.metadata.uid);
      assert.equal(restarts(pod), (old ? restarts(old) : 0) + 1, pod.metadata.name);
    }
    const client = (await ready('client')).find(({ metadata }) =>
      here.test(metadata.annotations?.[NETNS_ANNOTATION] ?? ''),
    );
    assert.ok(client);
    await hearsAll(client, service?.spec.clusterIP ?? '', 4);
  });

  test('stop what they may no longer run: an agent that is cut off ends its pods before another one starts them', async () => {
    const other = enter(1, '--nodes', '0');
    const cut = performance.now();
    const before = machines.said.length;
    const since = (): string => machines.said.slice(before);
    await machines.cable(0, false);
    await until(() => (since().match(/is given up/g) ?? []).length === 4, 30_000);
    const stopped = performance.now();
    assert.doesNotMatch(since(), /is run from here/);
    await until(() => (since().match(/is run from here/g) ?? []).length === 4, 30_000);
    const taken = performance.now();
    assert.ok(stopped < taken && taken - cut >= LEASE_S * 800, `${stopped - cut} and ${taken - cut} ms after the cut`);
    const there = new RegExp(`/proc/${other.pid}/`);
    await until(async () => {
      const now = await ready('web');
      return (
        now.length === 4 && now.every(({ metadata }) => there.test(metadata.annotations?.[NETNS_ANNOTATION] ?? ''))
      );
    }, 60_000).catch(async () => assert.fail(await story()));
    await machines.cable(0, true);
  });
});

const PODS = (name: string, replicas: number) => `
apiVersion: apps/v1
kind: Deployment
metadata: {name: ${name}}
spec:
  replicas: ${replicas}
  selector: {matchLabels: {app: ${name}}}
  template:
    metadata: {labels: {app: ${name}}}
    spec:
      tolerations: [{key: kubewire.dev/emulated, operator: Exists}]
      topologySpreadConstraints:
        - {maxSkew: 1, topologyKey: kubernetes.io/hostname, whenUnsatisfiable: DoNotSchedule, labelSelector: {matchLabels: {app: ${name}}}}
      containers: [{name: ${name}, image: any, ports: [{containerPort: 8080}]}]
`;

const SERVICE = (name: string) => `
apiVersion: v1
kind: Service
metadata: {name: ${name}}
spec: {selector: {app: web}, ports: [{port: 80, targetPort: 8080}]}
`;

const MANIFESTS = `${PODS('web', 4)}---${PODS('client', 2)}---${SERVICE('web')}`;
