// probes.test.ts - probes that are really sent, and what follows from them: endpoints, restarts, conditions.
// Takes turns: a whole lab.
import assert from 'node:assert/strict';
import { rmSync, writeFileSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';
import type { EndpointSlice, KubeObject, Pod } from '../../src/model/objects.js';
import { eventually, until } from '../support/eventually.js';
import { labUnavailable } from './harness.js';
import { Lab } from './lab.js';

interface Status {
  readonly ready: boolean;
  readonly started: boolean;
  readonly restartCount: number;
  readonly state: { readonly running?: object; readonly waiting?: { readonly reason: string } };
  readonly lastState: { readonly terminated?: { readonly exitCode: number; readonly reason: string } };
}

const pod = (name: string, container: string, more = '', annotations = ''): string => `
apiVersion: v1
kind: Pod
metadata: {name: ${name}, labels: {app: ${name}}, annotations: {${annotations}}}
spec:
  ${more}
  containers:
    - {name: main, image: web, ports: [{name: http, containerPort: 80}], ${container}}
`;
const service = (name: string): string => `
---
apiVersion: v1
kind: Service
metadata: {name: ${name}}
spec: {selector: {app: ${name}}, ports: [{port: 80, targetPort: 80}]}
`;
const fast = 'periodSeconds: 1, timeoutSeconds: 1, failureThreshold: 1';

describe('probes', { skip: labUnavailable() ?? false }, () => {
  let lab: Lab;
  before(async () => {
    lab = await Lab.start();
  });
  after(() => lab?.close());

  const podNamed = (name: string): Pod => lab.get<Pod>('Pod', name);
  const main = (name: string): Status => podNamed(name).status?.containerStatuses?.[0] as unknown as Status;
  const condition = (name: string, type: string) => podNamed(name).status?.conditions?.find((one) => one.type === type);
  const eventsOf = (name: string): string[] =>
    lab.emulator.cluster.store
      .list<KubeObject & { involvedObject?: { name: string }; reason: string; message: string }>('Event', 'default')
      .filter(({ involvedObject }) => involvedObject?.name === name)
      .map(({ reason, message }) => `${reason}: ${message}`);
  const readyAddresses = (name: string): string[] =>
    lab.emulator.cluster.store
      .list<EndpointSlice>('EndpointSlice', 'default')
      .filter(({ metadata }) => metadata.labels?.['kubernetes.io/service-name'] === name)
      .flatMap(({ endpoints }) => endpoints ?? [])
      .filter(({ conditions }) => conditions?.ready)
      .flatMap(({ addresses }) => addresses);

  test('of every kind let a pod in: by HTTP, by TCP, by gRPC and by a program in the container', async () => {
    for (const [name, probe] of [
      ['http', 'httpGet: {path: /healthz, port: http}'],
      ['tcp', 'tcpSocket: {port: 8443}'],
      ['grpc', 'grpc: {port: 9090}'],
      ['exec', 'exec: {command: [sh, -c, "test $POD_NAME = exec"]}'],
    ] as const) {
      await lab.apply(pod(name, `readinessProbe: {${probe}, ${fast}}`) + service(name));
      await until(() => main(name)?.ready);
      await lab.inForce();
      assert.equal(await lab.ask(lab.machine('node/node-1'), lab.vip(name), 80), name);
    }
  });

  test('that fail keep a pod out of its Service and say why; it stays as it is', async () => {
    await lab.apply(
      pod('sick', `readinessProbe: {exec: {command: [sh, -c, "echo no; exit 3"]}, ${fast}}`) + service('sick'),
    );
    await until(() => eventsOf('sick').some((event) => event === 'Unhealthy: Readiness probe failed: no'));
    assert.deepEqual(readyAddresses('sick'), []);
    assert.equal(condition('sick', 'Ready')?.message, 'containers with unready status: [main]');
    assert.equal(main('sick').restartCount, 0);
    assert.equal(await lab.ask(lab.machine('node/node-1'), lab.vip('sick'), 80), 'refused');
  });

  test('of liveness restart a container: it serves nothing until then, and what became of it is kept', async () => {
    const probe = 'exec: {command: [sh, -c, "exit 1"]}';
    await lab.apply(pod('dead', `livenessProbe: {${probe}, ${fast}}`) + service('dead'));
    const waiting = await eventually(() => (main('dead')?.state.waiting ? main('dead') : null), 20_000, 5);
    assert.equal(waiting.state.waiting?.reason, 'CrashLoopBackOff');
    assert.equal(waiting.lastState.terminated?.exitCode, 137);
    assert.equal(waiting.ready, false);
    await until(() => main('dead').restartCount >= 2);
    assert.ok(eventsOf('dead').includes('Killing: Container main failed liveness probe, will be restarted'));
    assert.match(eventsOf('dead').find((event) => event.startsWith('Started')) ?? '', /Started container main/);
  });

  test('of startup come first: nobody asks the others, and the container is not started before', async () => {
    const late = 'exec: {command: [sh, -c, "test -e $LATE"]}';
    const file = `/tmp/kubewire-startup-${process.pid}`;
    await lab.apply(
      pod(
        'slow',
        `env: [{name: LATE, value: ${file}}], startupProbe: {${late}, ${fast.replace('failureThreshold: 1', 'failureThreshold: 60')}}`,
      ),
    );
    await until(() => eventsOf('slow').some((event) => event.startsWith('Unhealthy: Startup probe failed')));
    assert.equal(main('slow').started, false);
    writeFileSync(file, '');
    await until(() => main('slow').ready);
    assert.equal(main('slow').started, true);
    assert.equal(main('slow').restartCount, 0);
    rmSync(file);
  });

  test('readinessGates keep a pod whose containers are ready out until somebody sets the condition', async () => {
    await lab.apply(pod('gated', '', 'readinessGates: [{conditionType: example.com/lit}]') + service('gated'));
    await until(() => condition('gated', 'ContainersReady')?.status === 'True');
    assert.equal(condition('gated', 'Ready')?.reason, 'ReadinessGatesNotReady');
    assert.deepEqual(readyAddresses('gated'), []);
    const conditions = podNamed('gated').status?.conditions ?? [];
    await lab.writeStatus('Pod', 'gated', { conditions: [...conditions, { type: 'example.com/lit', status: 'True' }] });
    await until(() => condition('gated', 'Ready')?.status === 'True');
    assert.equal(condition('gated', 'example.com/lit')?.status, 'True', 'it stays');
    await until(() => readyAddresses('gated').length > 0);
  });

  test('an application that fails by annotation is told by its probes, until the annotation goes', async () => {
    const probe = `readinessProbe: {httpGet: {path: /, port: http}, ${fast}}`;
    await lab.apply(pod('flaky', probe, '', 'kubewire.dev/failure-rate: 100%'));
    const failed = 'Unhealthy: Readiness probe failed: HTTP probe failed with statuscode: 500';
    await until(() => eventsOf('flaky').includes(failed));
    await lab.apply(pod('flaky', probe, '', 'kubewire.dev/failure-rate: 0%'));
    await until(() => main('flaky')?.ready);
  });

  test('init containers sleep one after the other, a sidecar stays, and the status says how far they are', async () => {
    const seen: string[] = [];
    const stop = lab.emulator.cluster.store.watch(({ object }) => {
      if (object.metadata.name !== 'staged') return;
      const { initContainerStatuses = [], containerStatuses = [] } = (object as Pod).status ?? {};
      const all = [initContainerStatuses, containerStatuses].flat() as unknown as Status[];
      const text = all.map(({ state, ready }) => `${Object.keys(state)[0]}${ready ? '+' : ''}`).join(' ');
      if (text !== '' && seen.at(-1) !== text) seen.push(text);
    }, 'Pod');
    const init = '{name: one, image: i, command: [sleep, "0.1"]}, {name: side, image: i, restartPolicy: Always}';
    await lab.apply(pod('staged', '', `initContainers: [${init}, {name: two, image: i}]`));
    await until(() => main('staged')?.ready);
    stop();
    assert.deepEqual(seen, [
      'running waiting waiting waiting',
      'terminated+ waiting waiting waiting',
      'terminated+ running+ waiting waiting',
      'terminated+ running+ running waiting',
      'terminated+ running+ terminated+ waiting',
      'terminated+ running+ terminated+ running+',
    ]);
    assert.equal(condition('staged', 'Initialized')?.status, 'True');
    assert.deepEqual(
      eventsOf('staged').filter((event) => event.startsWith('Failed')),
      [],
    );
  });

  test('a program that ends is shown as kubectl shows it: CrashLoopBackOff, how often, and with which code', async () => {
    await lab.apply(pod('crash', '', '', 'kubewire.dev/run: "sh -c \\"exit 7\\""'));
    const waiting = await eventually(() => (main('crash')?.state.waiting ? main('crash') : null), 20_000, 5);
    assert.equal(waiting.state.waiting?.reason, 'CrashLoopBackOff');
    assert.deepEqual([waiting.lastState.terminated?.exitCode, waiting.lastState.terminated?.reason], [7, 'Error']);
    await until(() => main('crash').restartCount >= 2);
  });
});
