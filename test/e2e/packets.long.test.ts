// packets.long.test.ts - packets of a live lab: recorded under changes and rerun to the byte, replayed, crafted.
// Takes turns: a whole lab and real clients.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import type { RecordingEnd } from '../../src/engine/recording/format.js';
import type { Rerun } from '../../src/engine/recording/rerun.js';
import { pcap } from '../support/capture-files.js';
import { packet } from '../support/packet.js';
import { labUnavailable, shop, User } from './harness.js';

describe('packets of a lab', { skip: labUnavailable() ?? false }, () => {
  const user = new User();
  const curl = (count: number): Promise<unknown> =>
    user.exec('client/outside', 'curl', '-s', ...Array.from({ length: count }, () => 'http://192.168.0.240/'));

  before(async () => {
    await user.up('-f', shop, '--strategy', 'ipvs');
    // Connections and virtual servers that are older than the recording.
    await curl(20);
  });
  after(() => user.leave());

  test('a rerun has the same verdicts, though Services, pods and the strategy changed meanwhile', async () => {
    const directory = join(user.folder, 'recording');
    const child = user.start(['record', directory, '-o', 'json']);
    let out = '';
    child.stdout.setEncoding('utf8').on('data', (part: string) => {
      out += part;
    });
    await once(child.stderr, 'data');
    await Promise.all([curl(40), user.must('scale', '-n', 'shop', 'deploy/web', '--replicas=5')]);
    await user.must('strategy', 'set', 'nftables');
    await user.must('node', 'stop', 'node-3');
    await user.must('node', 'start', 'node-3');
    await curl(40);
    child.kill('SIGINT');
    const [code] = await once(child, 'close');
    assert.equal(code, 0);
    const { frames, gaps } = JSON.parse(out) as RecordingEnd;
    assert.equal(gaps, 0);
    const { stdout } = await user.run(['rerun', directory, '-o', 'json']);
    const again = JSON.parse(stdout) as Rerun;
    assert.deepEqual([again.frames, again.differences, again.first, again.whole], [frames, 0, null, true]);
    assert.ok(frames > 200, `${frames} frames`);
    const other = await user.run(['rerun', directory, '--strategy', 'ebpf']);
    assert.equal(other.code, 1);
    assert.match(other.stdout, /under ebpf: \d+ differ; the first is frame \d+\n.*\n {2}recorded: .*\n {2}rerun: /);
  });

  test('a capture that is replayed in the lab comes to the Service, at the pace that is asked for', async () => {
    const file = join(user.folder, 'syns.pcap');
    const syn = (port: number): Uint8Array =>
      packet().ip4('203.0.113.10', '192.168.0.240').tcp(port, 80, { flags: 'SYN' }).frame(0).bytes;
    const packets = Array.from({ length: 20 }, (_, i) => ({ atNs: 0n, bytes: syn(50_000 + i) }));
    writeFileSync(file, pcap({ little: true, nanoseconds: true, linkType: 1 }, packets));
    const capture = user.start(['capture', 'client/outside', '-o', 'json', 'tcp', 'dst', 'portrange', '50000-50019']);
    let answers = '';
    capture.stdout.setEncoding('utf8').on('data', (part: string) => {
      answers += part;
    });
    await once(capture.stderr, 'data');
    const start = performance.now();
    const said = await user.must('replay', file, '--at', 'client/outside', '--rate', '100');
    assert.ok(performance.now() - start >= 190, 'a hundredth of a second between two');
    assert.match(said, /^20 of 20 packets replayed at client\/outside/);
    while (answers.split('\n').length < 20) await once(capture.stdout, 'data');
    capture.kill('SIGINT');
    await once(capture, 'close');
    assert.match(answers, /192\.168\.0\.240:80 → 203\.0\.113\.10:500/);
    const refused = await user.run(['replay', file, '--at', 'link/node-1']);
    assert.match(refused.stderr, /nobody sends from a link/);
  });

  test('crafted packets are answered as they deserve', async () => {
    const service = ['--to', '192.168.0.240:80'];
    const probe = async (...words: string[]): Promise<string[]> => {
      const { stdout, stderr } = await user.run(['probe', ...words, '--from', 'client/outside', '-o', 'json']);
      const { packets = [] } = JSON.parse(stdout || '{}') as {
        packets?: { answers: { what: string; from: string }[] }[];
      };
      assert.equal(stderr, '');
      return packets.map(({ answers }) => answers.map(({ what, from }) => `${what} ${from}`).join(' | '));
    };
    const open = await probe('tcp', ...service, '--count', '2');
    assert.ok(open.every((row) => row.startsWith('SYN,ACK 192.168.0.240')) && open.length === 2, open.join());
    assert.deepEqual(await probe('tcp', ...service, '--bad-checksum', '--count', '1'), ['']);
    const [pod = ''] = (await user.must('get', 'pods', '-n', 'shop', '-o', 'name')).trim().split('\n');
    const way = await probe('icmp', '--to', pod, '-n', 'shop', '--traceroute');
    assert.deepEqual(
      way.map((row) => row.replace(/ [\d.]+$/, '')),
      ['time exceeded', 'time exceeded', 'echo reply'],
    );
    const closed = await probe('udp', '--to', '192.168.0.11:9', '--fragment', '16', '--count', '1');
    assert.deepEqual(closed, ['port unreachable 192.168.0.11']);
  });

  test('connections are followed as they begin and end, and counted; top shows what happens a second', async () => {
    const child = user.start(['conntrack', '-E', '-p', 'tcp', '-o', 'json']);
    let out = '';
    child.stdout.setEncoding('utf8').on('data', (part: string) => {
      out += part;
    });
    await once(child.stderr, 'data');
    const top = user.must('top', '-o', 'json');
    await curl(10);
    while (!out.includes('"NEW"')) await once(child.stdout, 'data');
    child.kill('SIGINT');
    await once(child, 'close');
    const [first] = out.split('\n').map((line) => JSON.parse(line || 'null'));
    assert.equal(first.flow.protocol, 6);
    const counts = await user.must('conntrack', '-S');
    assert.match(counts, /^node=node-1 entries=\d+ capacity=65536 invalid=\d+ drop=0 early_drop=0$/m);
    const { nodes, services } = JSON.parse(await top) as { nodes: { name: string }[]; services: { name: string }[] };
    assert.deepEqual(nodes.map(({ name }) => name).sort(), ['fabric', 'node-1', 'node-2', 'node-3']);
    assert.ok(services.some(({ name }) => name === 'shop/web:http'));
    assert.match(await user.must('top', '--once'), /^NODE +PACKETS\/S .*\n(.*\n)+SERVICE +PACKETS\/S/);
  });

  test('a second recording at once and a directory that has one are refused, and nothing is left behind', async () => {
    const child = user.start(['record', join(user.folder, 'first')]);
    await once(child.stderr, 'data');
    const second = await user.run(['record', join(user.folder, 'second')]);
    assert.match(second.stderr, /another recording runs/);
    assert.equal(existsSync(join(user.folder, 'second')), false);
    child.kill('SIGINT');
    await once(child, 'close');
    const again = await user.run(['record', join(user.folder, 'first')]);
    assert.match(again.stderr, /recording.bin exists/);
    const none = await user.run(['rerun', user.folder]);
    assert.equal(none.code, 2);
    assert.match(none.stderr, /cannot be read/);
  });
});
