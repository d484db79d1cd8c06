// capture.test.ts - packets at every hop, as tshark, capinfos and tcpdump read them: hook points, comments, statistics, filters.
// Takes turns: a whole lab and real clients.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { promisify } from 'node:util';
import type { CapturedLine } from '../../src/api/capture/capture.js';
import type { FlowView } from '../../src/observe/flows.js';
import { labUnavailable, programUnavailable, shop, User } from './harness.js';

const run = promisify(execFile);
const LB = 'http://192.168.0.240/';
/** tshark says so whenever root runs it. */
const AS_ROOT = /^Running as user "root".*\n/gm;

interface Row {
  readonly at: string;
  readonly source: string;
  readonly destination: string;
  readonly comment: Readonly<Record<string, string>>;
}

/** The words of a comment; the rule stands last and has blanks in it. */
function readComment(text: string): Record<string, string> {
  const [words = '', rule] = text.split(' rule=');
  return { ...Object.fromEntries(words.split(' ').map((word) => word.split('='))), ...(rule ? { rule } : {}) };
}

async function rowsOf(file: string): Promise<Row[]> {
  const fields = ['frame.interface_name', 'ip.src', 'ip.dst', 'frame.comment'].flatMap((field) => ['-e', field]);
  const { stdout, stderr } = await run('tshark', ['-r', file, '-T', 'fields', ...fields], { maxBuffer: 64 << 20 });
  assert.equal(stderr.replace(AS_ROOT, ''), '', 'tshark has nothing to complain of');
  return stdout
    .trimEnd()
    .split('\n')
    .map((line) => {
      const [at = '', source = '', destination = '', comment = ''] = line.split('\t');
      return { at, source, destination, comment: readComment(comment) };
    });
}

describe('captures of a lab', { skip: labUnavailable() ?? programUnavailable('tcpdump') ?? false }, () => {
  const user = new User();
  const requests = 20;

  /** Captures while `requests` requests go to the load balancer; resolves with what it said when they are over. */
  async function capture(...words: string[]): Promise<string> {
    const child = user.start(['capture', ...words]);
    let said = '';
    let out = '';
    child.stderr.setEncoding('utf8').on('data', (part: string) => {
      said += part;
    });
    child.stdout.setEncoding('utf8').on('data', (part: string) => {
      out += part;
    });
    while (!said.includes('Ctrl-C ends it')) await once(child.stderr, 'data');
    const urls = Array.from({ length: requests }, () => LB);
    const { code } = await user.exec('client/outside', 'curl', '-s', '--no-keepalive', ...urls);
    assert.equal(code, 0);
    child.kill('SIGINT');
    const [ended] = await once(child, 'close');
    assert.equal(ended, 0, said);
    return `${out}${said}`;
  }

  before(async () => {
    await user.up('-f', shop);
  });
  after(() => user.leave());

  test('a packet through a Service stands at each hop, with verdict, Service and rule', async (t) => {
    if (programUnavailable('tshark')) return t.skip(programUnavailable('tshark') ?? '');
    const file = join(user.folder, 'svc.pcapng');
    const said = await capture('svc/web', '-n', 'shop', '-w', file);
    assert.match(said, /\d+ packets captured, 0 left out/);
    const rows = await rowsOf(file);
    const toBalancer = rows.filter(
      ({ destination, comment }) => destination === '192.168.0.240' && comment.stage === 'in',
    );
    const hops = (node: string): number => toBalancer.filter(({ comment }) => comment.node === node).length;
    const nodes = ['node-1', 'node-2', 'node-3'].map(hops).reduce((sum, count) => sum + count, 0);
    assert.equal(nodes, hops('fabric'), 'what the fabric got, nodes got');
    assert.ok(rows.every(({ comment }) => comment.verdict === 'FORWARD' && comment.generation !== undefined));
    const inside = rows.filter(({ comment }) => comment.node !== 'fabric');
    assert.ok(inside.every(({ comment }) => comment.service === 'shop/web:http'));
    const first = inside.find(({ comment }) => comment.reason === 'SERVICE' && comment.stage === 'in');
    assert.match(first?.comment.rule ?? '', /192\.168\.0\.240 .*\| .*dnat ip to/);
    assert.match(first?.at ?? '', /^node-\d uplink in$/);
    const delivered = rows.filter(
      ({ at, destination }) => /pod\/shop\/web\S+ out$/.test(at) && /^10\.244\./.test(destination),
    );
    assert.equal(delivered.length, nodes, 'every packet to the balancer came to a pod');
  });

  test('capinfos and tcpdump read the file without a warning; the statistics say that nothing is missing', async (t) => {
    if (programUnavailable('capinfos')) return t.skip(programUnavailable('capinfos') ?? '');
    const file = join(user.folder, 'node.pcapng');
    await capture('client/outside', '-w', file, 'tcp', 'port', '80');
    const { stdout, stderr } = await run('capinfos', [file]);
    assert.equal(stderr, '');
    assert.match(stdout, /File timestamp precision: +nanoseconds/);
    assert.match(stdout, /Name = fabric client\/outside in/);
    const listed = await run('tcpdump', ['-n', '-r', file]);
    assert.doesNotMatch(listed.stderr, /warning|truncated/i);
    assert.ok(listed.stdout.split('\n').length > requests);
  });

  test('a filter leaves out what it does not take, and a wrong one is explained in the words of libpcap', async () => {
    const only = await capture('node/fabric', '-o', 'json', 'tcp[tcpflags] & tcp-syn != 0 and dst host 192.168.0.240');
    const lines = only.split('\n').flatMap((line) => (line.startsWith('{') ? [JSON.parse(line) as CapturedLine] : []));
    const came = lines.filter(({ stage }) => stage === 'in');
    assert.ok(came.length >= 1 && came.length <= requests, 'one for each connection');
    assert.ok(lines.every(({ packet }) => packet.endsWith('→ 192.168.0.240:80')));
    const wrong = await user.run(['capture', 'svc/web', '-n', 'shop', 'tcp', 'porrt', '80']);
    assert.equal(wrong.code, 1);
    assert.match(wrong.stderr, /the filter "tcp porrt 80": .*\n.*man pcap-filter/);
  });

  test('it ends by itself after so many packets, and a name that is not there is an error', async () => {
    const client = user.start(['capture', 'client/outside', '-c', '7', '-o', 'json']);
    let out = '';
    client.stdout.setEncoding('utf8').on('data', (part: string) => {
      out += part;
    });
    const ended = once(client, 'close');
    await once(client.stderr, 'data');
    await user.exec('client/outside', 'curl', '-s', LB);
    await ended;
    assert.equal(out.trimEnd().split('\n').length, 7);
    const absent = await user.run(['capture', 'pod/nobody']);
    assert.match(absent.stderr, /^error: there is no Pod "default\/nobody"/);
  });

  test('flows of the same lab show the connections that were captured', async () => {
    const flows = JSON.parse(await user.must('flows', '--service', 'shop/web', '-o', 'json')) as FlowView[];
    const outside = flows.filter(({ from }) => from === 'client/outside');
    assert.ok(outside.length > 0);
    assert.ok(
      outside.every(({ to, rule, age }) => /^pod\/shop\/web-/.test(to) && rule?.includes('dnat') && age !== null),
    );
  });
});
