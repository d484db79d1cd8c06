// replay.test.ts - `kubewire replay`: a capture through manifests, in memory, and the pcapng of what became of it.
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { capturedPackets } from '../../../src/wire/capturefile.js';
import { ROOT } from '../../native/build.js';
import { pcap, readerOf } from '../../support/capture-files.js';
import { packet } from '../../support/packet.js';
import { Shell } from '../lab.js';

const SHOP = join(ROOT, 'examples/shop');
const syn = packet().ip4('203.0.113.10', '192.168.0.240').tcp(40_000, 80, { flags: 'SYN' }).frame(0).bytes;
const noise = Uint8Array.of(1, 2, 3);

test('packets of a capture go through a Service, and stand at every hop of the file that comes out', async (t) => {
  const shell = new Shell(t);
  const file = join(shell.directory, 'in.pcap');
  const out = join(shell.directory, 'out.pcapng');
  // Raw IP, and one that is cut off.
  const packets = [syn.subarray(14), noise].map((bytes, i) => ({ atNs: BigInt(i) * 1_000_000n, bytes, length: 54 }));
  writeFileSync(file, pcap({ little: true, nanoseconds: false, linkType: 101 }, packets));
  const { code, stdout, stderr } = await shell.run([
    ...['replay', file, '--at', 'client/outside', '-f', SHOP, '-w', out, '-o', 'json'],
  ]);
  assert.equal(code, 0, stderr);
  const { sent, outcomes, warnings } = JSON.parse(stdout);
  assert.deepEqual([sent, outcomes], [2, { 'DROP MALFORMED_IP': 1, 'FORWARD FORWARDED': 1 }]);
  assert.match(warnings.join(), /cut off when they were captured/);
  const bytes = readFileSync(out);
  const written = [...capturedPackets(readerOf(bytes))];
  assert.ok(written.length >= 5, `${written.length} packets`);
  const text = bytes.toString('latin1');
  for (const word of ['node=fabric stage=in', 'verdict=FORWARD reason=SERVICE', 'service=shop/web:http', 'dnat']) {
    assert.ok(text.includes(word), word);
  }
});

test('a place that nobody has, a file that is no capture and flags that exclude each other are errors', async (t) => {
  const shell = new Shell(t);
  const bad = shell.file('bad.pcap', 'not a capture at all');
  const at = ['--at', 'client/outside', '-f', SHOP];
  const results = await Promise.all([
    shell.run(['replay', bad, ...at]),
    shell.run(['replay', join(shell.directory, 'none'), ...at]),
    shell.run(['replay', bad, '--at', 'pod/nobody', '-f', SHOP]),
    shell.run(['replay', bad, ...at, '--rate', '10', '--as-recorded']),
    shell.run(['replay', bad, '-f', SHOP]),
  ]);
  assert.deepEqual(
    results.map(({ code }) => code),
    [1, 1, 1, 2, 2],
  );
  const said = results.map(({ stderr }) => stderr).join('\n');
  for (const words of [/neither pcap nor pcapng/, /none cannot be read/, /nobody/, /exclude each other/, /--at says/]) {
    assert.match(said, words);
  }
});
