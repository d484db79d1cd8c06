// survey.test.ts - the default application served and asked for real inside one namespace, and how a check judges answers.
// Takes turns: namespaces and real clients.
import assert from 'node:assert/strict';
import { openSync } from 'node:fs';
import { createServer } from 'node:http';
import { after, before, describe, test } from 'node:test';
import { sendRequest } from '../../../src/lab/check/client.js';
import { type Probe, runSurvey, SURVEY_DEFAULTS, type SurveyRow } from '../../../src/lab/check/survey.js';
import { createNamespace, listenTcp, type Namespace } from '../../../src/lab/host/host.js';
import { runInNamespace } from '../../../src/lab/host/process.js';
import { socketsOf } from '../../../src/lab/host/sandbox.js';
import { Application, type OpenPod } from '../../../src/lab/pods/application.js';
import type { Expectation } from '../../../src/topology/expectation.js';
import type { Frontend } from '../../../src/topology/frontends.js';
import { until } from '../../support/eventually.js';
import { noLab } from '../../support/sandbox.js';

const OPTIONS = { ...SURVEY_DEFAULTS, requests: 4, timeoutMs: 2000, dropMs: 150 };
const TCP = { protocol: 'TCP', port: 8080 } as const;
const UDP = { protocol: 'UDP', port: 5353 } as const;

describe('the default application and those who ask it', { skip: noLab() }, () => {
  let ns: Namespace;
  let application: Application;
  let pod: OpenPod;
  const reports: string[] = [];

  before(() => {
    ns = createNamespace();
    application = new Application((message) => reports.push(message));
    const identity = { pod: 'web-1', namespace: 'shop', node: 'node-1' };
    pod = application.open(identity, ['127.0.0.1', '::1'], socketsOf(ns));
    assert.deepEqual(pod.update([TCP, UDP]), []);
  });
  after(async () => {
    await application.close();
    ns.close();
  });

  const probe = (over: Partial<Frontend>, expectation: Partial<Expectation>, affinity = false): Probe => ({
    source: { kind: 'pod', name: 'pod/shop/x', node: 'node-1', addresses: ['127.0.0.1'] },
    role: 'pod, same node',
    sockets: socketsOf(ns),
    frontend: {
      kind: 'ClusterIP',
      service: 'shop/web',
      portName: 'http',
      servicePort: 80,
      node: null,
      address: '127.0.0.1',
      ...TCP,
      ...over,
    },
    expectation: {
      outcome: 'reached',
      backends: ['127.0.0.1:8080', '[::1]:8080', '127.0.0.1:5353'],
      clients: ['127.0.0.1', '::1'],
      why: 'ClusterIP',
      also: [],
      silent: [],
      ...expectation,
    },
    remedy: 'what would change it',
    affinity,
  });
  const survey = async (one: Probe): Promise<SurveyRow> => {
    const [row] = await runSurvey([one], OPTIONS);
    assert.ok(row);
    return row;
  };

  test('HTTP over both families and UDP say which pod answered and which client it saw', async () => {
    for (const target of [
      { address: '127.0.0.1', ...TCP },
      { address: '::1', ...TCP },
      { address: '::1', ...UDP },
    ]) {
      const { outcome, answer } = await sendRequest(socketsOf(ns), target, 2000);
      assert.equal(outcome, 'answered');
      assert.equal(answer?.pod, 'web-1');
      assert.equal(answer?.client.address, target.address);
      assert.deepEqual(answer?.local, { address: target.address, port: target.port });
    }
  });

  test('when the thread that serves pods crashes that is told, and their ports are open again', async () => {
    const file = openSync('/dev/null', 'r');
    const maker = { listenTcp: () => file, bindUdp: () => file };
    const broken = application.open({ pod: 'broken', namespace: 'shop', node: 'node-1' }, ['127.0.0.1'], maker);
    broken.update([UDP]);
    await until(() => reports.length > 0);
    await broken.drain(0);
    assert.match(
      reports.join(),
      /^the thread that serves pods crashed \(.+\): their connections are cut, and it begins again$/,
    );
    for (const port of [TCP, UDP])
      await until(async () => {
        const { answer } = await sendRequest(socketsOf(ns), { address: '127.0.0.1', ...port }, 2000);
        return answer?.pod === 'web-1';
      });
    assert.equal(reports.length, 1);
  });

  test('a closed port is refused', async () => {
    for (const protocol of ['TCP', 'UDP'] as const) {
      const result = await sendRequest(socketsOf(ns), { address: '127.0.0.1', port: 9, protocol }, 2000);
      assert.deepEqual([result.outcome, result.error], ['refused', 'ECONNREFUSED']);
    }
  });

  test('plain TCP clients get an answer to a line, and also when they say nothing', async () => {
    const script = `
      const { connect } = require('net');
      const ask = (text) => new Promise((resolve) => {
        let heard = '';
        const socket = connect(8080, '127.0.0.1', () => socket.end(text));
        socket.on('data', (chunk) => { heard += chunk; });
        socket.on('close', () => resolve(heard));
      });
      Promise.all([ask('hi\\n'), ask('')]).then((all) => console.log(JSON.stringify(all)));`;
    const { stdout } = await runInNamespace(ns, [process.execPath, '-e', script]);
    const [line = '', silent = ''] = JSON.parse(stdout) as string[];
    assert.match(line, /^pod=shop\/web-1 node=node-1 client=127\.0\.0\.1:\d+ local=127\.0\.0\.1:8080 said="hi"\n$/);
    assert.match(silent, /^pod=shop\/web-1 node=node-1 client=\S+ local=\S+\n$/);
  });

  test('a row is right when everybody who answered was expected', async () => {
    for (const over of [{}, UDP, { address: '::1' }]) {
      const row = await survey(probe(over, {}, true));
      assert.deepEqual([row.problem, row.outcome, row.answered, row.shares], ['', 'reached', 4, { 'web-1': 4 }]);
      assert.ok((row.p50 ?? 0) > 0);
    }
  });

  test('a row is wrong when a stranger answered, or the client address is not the expected one', async () => {
    const stranger = await survey(probe({}, { backends: ['10.0.0.1:80'] }));
    assert.match(stranger.problem, /answered by shop\/web-1, which is no endpoint for this source/);
    const masked = await survey(probe({}, { clients: ['192.168.0.11'] }));
    assert.match(masked.problem, /the pod saw 127\.0\.0\.1, should be 192\.168\.0\.11/);
    assert.equal(masked.ok, false);
  });

  test('a row is wrong when what should be refused or dropped is reached, and when what should be reached is not', async () => {
    const open = await survey(probe({}, { outcome: 'dropped', why: 'source ranges' }));
    assert.match(open.problem, /^3 of 3 reached, should be dropped: source ranges$/);
    const closed = await survey(probe({ port: 9 }, {}));
    assert.match(closed.problem, /^4 of 4 refused \(ECONNREFUSED\), should be reached: ClusterIP$/);
    assert.equal((await survey(probe({ port: 9 }, { outcome: 'refused' }))).ok, true);
  });

  test('a row is wrong when one of several endpoints gets everything', async () => {
    const rows = await runSurvey([probe({}, {})], { ...OPTIONS, requests: 24 });
    assert.match(rows[0]?.problem ?? '', /one of 3 endpoints got every request/);
  });

  test('what answers late is not taken for silent when everybody answers late', async () => {
    const late = createServer((_, response) => void setTimeout(() => response.end('late'), 3 * OPTIONS.dropMs));
    late.listen({ fd: listenTcp(ns, { family: 4, address: '127.0.0.1', port: 8090 }) });
    try {
      const silent = probe({ port: 8090 }, { outcome: 'dropped', why: 'source ranges' });
      const [alone, row] = [await survey(silent), (await runSurvey([silent, probe({ port: 8090 }, {})], OPTIONS))[0]];
      assert.equal(alone.ok, true, 'nobody says how long an answer takes');
      assert.match(row?.problem ?? '', /^3 of 3 reached, should be dropped: source ranges$/);
    } finally {
      late.close();
    }
  });

  test('who has connected when a pod is told to end is answered still', async () => {
    const ending = application.open({ pod: 'c', namespace: 'shop', node: 'node-1' }, ['127.0.0.1'], socketsOf(ns));
    assert.deepEqual(ending.update([{ protocol: 'TCP', port: 8082 }]), []);
    const target = { address: '127.0.0.1', port: 8082, protocol: 'TCP' } as const;
    assert.equal((await sendRequest(socketsOf(ns), target, 2000)).outcome, 'answered');
    const asked = Array.from({ length: 20 }, () => sendRequest(socketsOf(ns), target, 2000));
    // Their first packets are out by then.
    await new Promise((resolve) => setImmediate(resolve));
    const drained = ending.drain(1000);
    const outcomes = await Promise.all(asked);
    assert.deepEqual([...new Set(outcomes.map(({ outcome }) => outcome))], ['answered']);
    await drained;
    assert.equal((await sendRequest(socketsOf(ns), target, 2000)).outcome, 'refused');
  });

  test('ports close and open while the others stay, and a taken port is named', async () => {
    const other = application.open({ pod: 'b', namespace: 'shop', node: 'node-1' }, ['127.0.0.1'], socketsOf(ns));
    assert.match(other.update([TCP])[0] ?? '', /^TCP\/8080: .*(in use|EADDRINUSE)/);
    const moved = { protocol: 'TCP', port: 8081 } as const;
    assert.deepEqual(pod.update([moved, UDP]), []);
    const ask = (port: number) => sendRequest(socketsOf(ns), { address: '127.0.0.1', port, protocol: 'TCP' }, 2000);
    assert.equal((await ask(8081)).outcome, 'answered');
    assert.equal((await ask(8080)).outcome, 'refused');
    await other.drain(100);
    await pod.drain(100);
    assert.equal((await ask(8081)).outcome, 'refused');
  });
});
