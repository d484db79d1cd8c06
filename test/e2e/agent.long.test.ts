// agent.long.test.ts - two agents on two machines run the nodes of one cluster: traffic between them, and what becomes of it when one ends.
// Takes turns: an API, and two agents with their labs.
import assert from 'node:assert/strict';
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
  const agents: Spawned[] = [];

  const get = async <T>(...words: string[]): Promise<T[]> =>
    (JSON.parse(await machines.user.must('get', ...words, '-o', 'json')) as { items: T[] }).items;
  const pods = (app: string): Promise<Pod[]> => get<Pod>('pods', '-l', `app=${app}`);
  const ready = async (app: string): Promise<Pod[]> =>
    (await pods(app)).filter(({ status }) =>
      status?.conditions?.some(({ type, status: is }) => type === 'Ready' && is === 'True'),
    );
  const join = (machine: number, ...words: string[]): Spawned =>
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

  /** What curl says inside a pod. */
  const curl = async (pod: Pod, url: string): Promise<string> => {
    const path = pod.metadata.annotations?.[NETNS_ANNOTATION] ?? '';
    return (await runInNamespace(path, ['curl', '-s', '-m', '2', url])).stdout;
  };

  before(async () => {
    machines = await Machines.lay(2);
    const { user } = machines;
    const tokens = user.file('tokens', 'secret-of-agents,agent,agent,"system:masters"\n');
    machines.start(-1, ['api', '--secure-port', '6443', '--bind-address', '10.9.0.1', '--token-file', tokens]);
    config = await eventually(async () => {
      const { code, stdout } = await user.run(['kubeconfig']);
      return code === 0 ? user.file('config', stdout) : null;
    });
    agents.push(join(0, '--nodes', '2'), join(1, '--nodes', '2'));
    const up = async (): Promise<boolean> =>
      /^(kubewire-\d +Ready .*\n){4}$/.test(await user.must('get', 'nodes', '--no-headers'));
    await until(up).catch(() => assert.fail(machines.said));
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
    for (const client of await ready('client')) {
      const heard = new Set<string>();
      await until(async () => {
        heard.add(/^pod: (\S+)/.exec(await curl(client, `http://${service?.spec.clusterIP}/`))?.[1] ?? '');
        heard.delete('');
        return heard.size === 4;
      }, 20_000).catch(() => assert.fail(`${client.metadata.name} heard ${[...heard]}\n${machines.said}`));
    }
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

const MANIFESTS = `${PODS('web', 4)}---${PODS('client', 2)}---
apiVersion: v1
kind: Service
metadata: {name: web}
spec: {selector: {app: web}, ports: [{port: 80, targetPort: 8080}]}
`;
