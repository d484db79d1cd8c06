// switch.test.ts - strategies switched on a running lab: connections that are open go on, nothing is lost, wrong names are refused.
// Takes turns: whole labs and real clients.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { STRATEGY_NAMES } from '../../src/compile/strategy.js';
import { eventually } from '../support/eventually.js';
import { labUnavailable, programUnavailable, shop, User } from './harness.js';

/**
 * Says numbered lines, each when the one before was answered, until SIGTERM; then tells what it saw. One TCP connection,
 * or one UDP flow in which nothing is said twice.
 */
const TALKER = `
const [protocol, host, port] = process.argv.slice(2);
const seen = { said: 0, answered: 0, pods: {}, failure: '' };
const socket = protocol === 'udp' ? require('dgram').createSocket('udp4') : require('net').connect(+port, host);
let timer;
const say = () => {
  const line = 'line-' + ++seen.said;
  clearTimeout(timer);
  timer = setTimeout(() => { seen.failure ||= 'no answer to ' + line; say(); }, 10000);
  if (protocol === 'udp') socket.send(line, +port, host); else socket.write(line + '\\n');
};
const hear = (data) => {
  seen.answered++;
  const pod = /pod=(\\S+)/.exec(data.toString())?.[1];
  seen.pods[pod] = (seen.pods[pod] ?? 0) + 1;
  setTimeout(say, 2);
};
socket.on(protocol === 'udp' ? 'message' : 'data', hear);
socket.on('error', (error) => { seen.failure ||= error.message; });
socket.on('close', () => { seen.failure ||= 'closed'; });
process.on('SIGTERM', () => { process.stdout.write(JSON.stringify(seen)); process.exit(0); });
if (protocol === 'udp') say(); else socket.on('connect', say);
`;

/** Every request is a connection of its own. */
const REQUESTER = `
const [host] = process.argv.slice(2);
const seen = { said: 0, answered: 0, pods: {}, failure: '' };
const ask = () => {
  seen.said++;
  require('http').get({ host, path: '/json', agent: false, timeout: 3000 }, (answer) => {
    let text = '';
    answer.on('data', (chunk) => { text += chunk; });
    answer.on('end', () => {
      seen.answered++;
      const { pod } = JSON.parse(text);
      seen.pods[pod] = (seen.pods[pod] ?? 0) + 1;
      setTimeout(ask, 2);
    });
  }).on('error', (error) => { seen.failure ||= error.message; });
};
process.on('SIGTERM', () => { process.stdout.write(JSON.stringify(seen)); process.exit(0); });
ask();
`;

const IPERF = `
apiVersion: v1
kind: Pod
metadata: { name: iperf, labels: { app: iperf }, annotations: { kubewire.dev/run: iperf3 -s } }
spec: { containers: [{ name: iperf, image: iperf3, ports: [{ containerPort: 5201 }] }] }
---
apiVersion: v1
kind: Service
metadata: { name: iperf }
spec: { selector: { app: iperf }, ports: [{ port: 5201 }] }
`;

interface Seen {
  readonly said: number;
  readonly answered: number;
  /** Pod → answers. */
  readonly pods: Readonly<Record<string, number>>;
  readonly failure: string;
}

/** A program inside the lab that runs until it is told to stop, and says then what it saw. */
function startInside(user: User, target: string, script: string, ...words: string[]) {
  const child = user.start(['exec', target, '--', process.execPath, script, ...words]);
  let text = '';
  child.stdout?.on('data', (chunk: Buffer) => {
    text += chunk.toString();
  });
  const ended = new Promise((resolve) => child.on('close', resolve));
  return async (): Promise<Seen> => {
    child.kill('SIGTERM');
    await ended;
    return JSON.parse(text) as Seen;
  };
}

describe('strategies on a running lab', { skip: labUnavailable() ?? false }, () => {
  const user = new User();
  before(async () => {
    await user.up('-f', shop);
  });
  after(() => user.leave());

  interface Shown {
    readonly strategy: string;
    readonly nodes: readonly { node: string; strategy: string; inForce: string; from: string }[];
  }
  const shown = async (): Promise<Shown> => JSON.parse(await user.must('strategy', 'get', '-o', 'json')) as Shown;

  test('connections go on and nothing is lost while all nodes are switched through every strategy', async () => {
    const [talker, requester] = [user.file('talker.cjs', TALKER), user.file('requester.cjs', REQUESTER)];
    const clusterIP = await user.must('get', 'svc', '-n', 'shop', 'database', '-o', 'jsonpath={.spec.clusterIP}');
    const conversations = [
      startInside(user, 'node/node-1', talker, 'tcp', clusterIP, '5432'),
      startInside(user, 'client/outside', talker, 'udp', await apiNode(), '30091'),
    ];
    const requests = startInside(user, 'client/outside', requester, '192.168.0.240');
    await pause(500);
    for (const strategy of [...STRATEGY_NAMES.slice(1), 'nftables']) await user.must('strategy', 'set', strategy);
    const results = await Promise.all(conversations.map((end) => end()));
    for (const { said, answered, failure, pods } of results) {
      assert.equal(failure, '');
      assert.ok(answered > 200 && said - answered <= 1, `${said} said, ${answered} answered`);
      assert.equal(Object.keys(pods).length, 1, `the same pod answers all the time: ${JSON.stringify(pods)}`);
    }
    const asked = await requests();
    assert.equal(asked.failure, '');
    assert.ok(asked.answered > 100 && asked.said - asked.answered <= 1, JSON.stringify(asked));
    assert.equal(Object.keys(asked.pods).length, 3, 'new connections go to every pod');
  });

  /** The address of a node that has a pod of shop/api: its NodePort keeps to local pods. */
  async function apiNode(): Promise<string> {
    const node = await user.must(
      'get',
      'pods',
      '-n',
      'shop',
      '-l',
      'app=api',
      '-o',
      'jsonpath={.items[0].spec.nodeName}',
    );
    return user.must('get', 'node', node, '-o', 'jsonpath={.status.addresses[0].address}');
  }

  test('a TCP stream at full speed survives switches of single nodes', async (t) => {
    if (programUnavailable('iperf3')) return t.skip(programUnavailable('iperf3') ?? '');
    await user.must('apply', '-f', user.file('iperf.yaml', IPERF));
    const address = await user.must('get', 'svc', 'iperf', '-o', 'jsonpath={.spec.clusterIP}');
    await eventually(async () => {
      const result = await user.exec('node/node-1', 'iperf3', '-n', '1K', '-c', address);
      return result.code === 0 ? true : null;
    });
    const stream = user.exec('node/node-1', 'iperf3', '-J', '-t', '4', '-i', '0.5', '-c', address);
    await pause(500);
    for (const strategy of STRATEGY_NAMES) {
      for (const node of ['node-1', 'node-3']) await user.must('strategy', 'set', strategy, '--node', node);
    }
    const { code, stdout } = await stream;
    assert.equal(code, 0, stdout);
    const { intervals } = JSON.parse(stdout) as { intervals: { sum: { bytes: number } }[] };
    assert.ok(intervals.length >= 7);
    for (const { sum } of intervals) assert.ok(sum.bytes > 0, 'it never stands still');
  });

  test('a node may have its own strategy; status, get, trace and rules say so, and set for all takes it away', async () => {
    await user.must('strategy', 'set', 'nftables');
    await user.must('strategy', 'set', 'ipvs', '--node', 'node-2');
    const { strategy, nodes } = await shown();
    assert.equal(strategy, 'nftables');
    assert.deepEqual(
      nodes.map(({ node, inForce, from }) => [node, inForce, from]),
      [
        ['node-1', 'nftables', 'lab'],
        ['node-2', 'ipvs', 'node'],
        ['node-3', 'nftables', 'lab'],
      ],
    );
    assert.match(await user.must('status'), /Dataplane: +nftables, ipvs on node-2;/);
    assert.match(await user.must('get', 'labs'), /nftables/);
    const trace = ['trace', '--from', 'node/node-2', '--to', 'svc/web.shop:80', '-o', 'json'];
    assert.equal((JSON.parse(await user.must(...trace)) as { strategy: string }).strategy, 'ipvs');
    assert.match(await user.must('rules', '--node', 'node-2'), /^-A -t /m);
    assert.match(await user.must('rules', '--node', 'node-1'), /table ip kube-proxy/);
    assert.equal((await user.run(['check', 'shop/web'])).code, 0, 'check knows what each node does');
    await user.must('strategy', 'set', 'iptables');
    assert.deepEqual(
      new Set((await shown()).nodes.map(({ inForce, from }) => `${inForce} ${from}`)),
      new Set(['iptables lab']),
    );
  });

  test('names that are none are refused everywhere, and change nothing', async () => {
    const before = await shown();
    const typed = await user.run(['strategy', 'set', 'nftable']);
    assert.equal(typed.code, 2);
    assert.match(typed.stderr, /^error: unknown strategy "nftable", did you mean "nftables"\?/);
    const names = STRATEGY_NAMES.map((name) => `"${name}"`).join(', ');
    const supported = new RegExp(`Unsupported value: "magic": supported values: ${names}`);
    const lab = await user.run(['patch', 'lab', 'default', '--type=merge', '-p', '{"spec":{"strategy":"magic"}}']);
    assert.equal(lab.code, 1);
    assert.match(lab.stderr, supported);
    const node = await user.run(['annotate', 'node', 'node-1', 'kubewire.dev/strategy=magic']);
    assert.equal(node.code, 1);
    assert.match(node.stderr, supported);
    const other = await user.run(['patch', 'lab', 'default', '--type=merge', '-p', '{"spec":{"shards":9}}']);
    assert.match(other.stderr, /only spec\.strategy and spec\.stopped can be changed while the lab runs/);
    const nobody = await user.run(['strategy', 'set', 'ipvs', '--node', 'node-7']);
    assert.equal(nobody.code, 1);
    assert.match(nobody.stderr, /^error: there is no node "node-7"\nDid you mean "node-1"/);
    assert.deepEqual(await shown(), before);
  });
});
