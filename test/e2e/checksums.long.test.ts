// checksums.long.test.ts - what arrives in a pod has correct checksums: seen by tcpdump, by libpcap, and by the kernel's counters.
// Takes turns: whole labs and real clients.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { after, before, describe, test } from 'node:test';
import { captureUnavailable, startCapture } from '../../src/lab/check/witness/witness.js';
import { urlHost } from '../../src/model/address.js';
import { until } from '../support/eventually.js';
import { labUnavailable, programUnavailable, shop, User } from './harness.js';

interface PodObject {
  readonly metadata: { readonly name: string; readonly annotations: Record<string, string> };
  readonly status: { readonly podIPs: readonly { readonly ip: string }[] };
}

async function podsOf(user: User, app: string): Promise<PodObject[]> {
  const text = await user.must('get', 'pods', '-n', 'shop', '-l', `app=${app}`, '-o', 'json');
  return (JSON.parse(text) as { items: PodObject[] }).items;
}

/** Requests of every kind that end at the database pod: masqueraded, not, over both families. */
async function askDatabase(user: User): Promise<void> {
  const text = await user.must('get', 'service', '-n', 'shop', 'database', '-o', 'jsonpath={.spec.clusterIPs[*]}');
  const [web] = await podsOf(user, 'web');
  for (const address of text.trim().split(/\s+/)) {
    const url = `http://${urlHost(address)}:5432/`;
    for (const source of ['node/node-1', `shop/${web?.metadata.name}`]) {
      const { code, stderr } = await user.exec(source, 'curl', '-sS', '-m', '5', '-o', '/dev/null', url);
      assert.equal(code, 0, stderr);
    }
  }
}

/** TCP and IP errors that the kernel of this namespace has counted. */
async function kernelErrors(user: User, target: string): Promise<Record<string, number>> {
  const { stdout } = await user.exec(target, 'cat', '/proc/net/snmp', '/proc/net/snmp6');
  const lines = stdout.split('\n');
  const values: Record<string, number> = {};
  for (const [i, line] of lines.entries()) {
    const names = /^(Tcp|Udp|Ip|Icmp): [A-Za-z]/.test(line) ? line.split(' ') : null;
    const numbers = lines[i + 1]?.split(' ') ?? [];
    names?.forEach((name, at) => {
      if (/CsumErrors|InErrs|InHdrErrors/.test(name)) values[`${names[0]}${name}`] = Number(numbers[at]);
    });
    const six = /^(Udp6InCsumErrors|Icmp6InCsumErrors|Ip6InHdrErrors)\s+(\d+)/.exec(line);
    if (six?.[1]) values[six[1]] = Number(six[2]);
  }
  return values;
}

describe('with offloads off', { skip: labUnavailable() ?? programUnavailable('curl') ?? false }, () => {
  const user = new User();
  before(() => user.up('-f', shop, '--no-offloads'));
  after(() => user.leave());

  test('tcpdump in the pod finds no wrong checksum in either direction', async (t) => {
    if (programUnavailable('tcpdump')) return t.skip(programUnavailable('tcpdump') ?? '');
    const [database] = await podsOf(user, 'database');
    const words = ['timeout', '60', 'tcpdump', '-vvnni', 'eth0', '-c', '40', 'tcp'];
    const capture = user.start(['exec', '-n', 'shop', database?.metadata.name ?? '', '--', ...words]);
    let [stdout, stderr] = ['', ''];
    capture.stdout.on('data', (chunk) => {
      stdout += chunk;
    });
    capture.stderr.on('data', (chunk) => {
      stderr += chunk;
    });
    const ended = once(capture, 'close');
    await until(() => stderr.includes('listening on'));
    await askDatabase(user);
    await askDatabase(user);
    await ended;
    assert.ok((stdout.match(/cksum 0x[0-9a-f]+ \(correct\)/g)?.length ?? 0) >= 40, stdout);
    assert.doesNotMatch(stdout, /incorrect|bad cksum/);
  });

  test('libpcap sees the endpoint address and correct checksums of every frame', async (t) => {
    const missing = captureUnavailable();
    if (missing) return t.skip(missing);
    const [database] = await podsOf(user, 'database');
    const netns = database?.metadata.annotations['kubewire.dev/netns'] ?? '';
    const witness = await startCapture(netns, { filter: 'tcp dst port 5432', count: 12, timeoutMs: 60_000 });
    await askDatabase(user);
    const frames = await witness.frames;
    const own = database?.status.podIPs.map(({ ip }) => ip) ?? [];
    assert.equal(frames.length, 12);
    for (const frame of frames) {
      assert.ok(own.includes(frame.destination), frame.destination);
      assert.ok(frame.ipChecksumOk && frame.l4ChecksumOk, JSON.stringify(frame));
    }
  });
});

describe('with offloads on', { skip: labUnavailable() ?? programUnavailable('curl') ?? false }, () => {
  const user = new User();
  before(() => user.up('-f', shop));
  after(() => user.leave());

  test('no kernel at either end counts a wrong checksum or header', async () => {
    const [database] = await podsOf(user, 'database');
    await askDatabase(user);
    const check = await user.run(['check', '--requests', '4', '-o', 'json']);
    assert.equal(check.code, 0, check.stdout.slice(0, 2000));
    for (const target of [`shop/${database?.metadata.name}`, 'node/node-1', 'client/outside']) {
      const errors = await kernelErrors(user, target);
      assert.ok(Object.keys(errors).length >= 5, 'the counters were found');
      assert.deepEqual(
        Object.values(errors).filter((value) => value > 0),
        [],
        `${target}: ${JSON.stringify(errors)}`,
      );
    }
  });
});
