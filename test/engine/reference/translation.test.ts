// translation.test.ts - what goes through a Service and comes back is what was sent: addresses, ports, payload and checksums.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Engine, FrameIn } from '../../../src/engine/engine.js';
import { encodeImage } from '../../../src/image/encode.js';
import { decodeFrame } from '../../support/decode.js';
import { nativeEngine, REFERENCE } from '../../support/engines.js';
import { check, endText } from '../../support/expect.js';
import { concat, crc32c, internetChecksum, pseudoHeader, word } from '../../support/internet.js';
import { ip, mac, packet } from '../../support/packet.js';
import { makeTables, NODE_1, type ProtocolName, type ServiceSpec } from '../../support/tables.js';

const PROTOCOLS = ['TCP', 'UDP', 'SCTP'] as const;

const service = (protocol: ProtocolName): ServiceSpec[] => [
  { frontends: [{ kind: 'CLUSTER_IP', address: '10.96.0.10', port: 80, protocol }], cluster: ['10.244.1.6:8080'] },
  {
    frontends: [{ kind: 'CLUSTER_IP', address: 'fd00:10:96::a', port: 80, protocol }],
    cluster: ['[fd00:10:244:1::6]:8080'],
  },
];

const TABLES = makeTables({ ...NODE_1, mode: ['MASQUERADE_ALL'], services: PROTOCOLS.flatMap(service) });
const IMAGE = encodeImage(TABLES);

interface Case {
  readonly protocol: ProtocolName;
  readonly isV6: boolean;
  readonly port: number;
  readonly payload: Uint8Array;
  readonly partial: boolean;
}

const cases = fc.record({
  protocol: fc.constantFrom(...PROTOCOLS),
  isV6: fc.boolean(),
  port: fc.integer({ min: 1, max: 65_535 }),
  payload: fc.uint8Array({ maxLength: 64 }),
  partial: fc.boolean(),
});

function request({ protocol, isV6, port, payload, partial }: Case): FrameIn {
  const layer = isV6 ? ip('fd00:10:244:1::5', 'fd00:10:96::a') : ip('10.244.1.5', '10.96.0.10');
  const upper = { TCP: layer.tcp(port, 80), UDP: layer.udp(port, 80), SCTP: layer.sctp(port, 80), ANY: layer }[
    protocol
  ];
  const whole = upper.payload(payload);
  return (partial ? whole.partial() : whole).frame(2);
}

/** The same frame as its receiver would send it back: both addresses and both ports swapped, which changes no sum. */
function mirrored(bytes: Uint8Array, tcpFlags: number, partial: boolean): Uint8Array {
  const isV6 = bytes[12] === 0x86;
  const [at, length, l4] = isV6 ? [22, 16, 54] : [26, 4, 34];
  const swapped = bytes.slice();
  swapped.set(bytes.subarray(at + length, at + 2 * length), at);
  swapped.set(bytes.subarray(at, at + length), at + length);
  swapped.set(bytes.subarray(l4 + 2, l4 + 4), l4);
  swapped.set(bytes.subarray(l4, l4 + 2), l4 + 2);
  const protocol = bytes[isV6 ? 20 : 23];
  const upper = swapped.subarray(l4);
  if (protocol === 6) upper[13] = tcpFlags;
  if (protocol === 6 && !partial) {
    upper.set(word(0), 16);
    const addresses = [swapped.slice(at, at + length), swapped.slice(at + length, at + 2 * length)] as const;
    upper.set(word(internetChecksum(pseudoHeader(...addresses, 6, upper.length), upper)), 16);
  }
  if (protocol === 132 && !partial) {
    upper.fill(0, 8, 12);
    new DataView(swapped.buffer).setUint32(l4 + 8, crc32c(upper), true);
  }
  return swapped;
}

/** Without what a hop changes by duty: Ethernet addresses, TTL, IPv4 header checksum; and without TCP flags and SCTP's CRC, which a swap changes. */
function essence(bytes: Uint8Array): string {
  const isV6 = bytes[12] === 0x86;
  const copy = bytes.slice(14);
  if (isV6) copy[7] = 0;
  else copy.set([0, 0, 0, 0], 8);
  const isTcp = bytes[isV6 ? 20 : 23] === 6;
  if (isTcp) copy[(isV6 ? 40 : 20) + 13] = 0;
  const isSctp = bytes[isV6 ? 20 : 23] === 132;
  if (isSctp) copy.fill(0, (isV6 ? 40 : 20) + 8, (isV6 ? 40 : 20) + 12);
  if (!isV6) copy[9] = bytes[23] ?? 0;
  return Buffer.from(copy).toString('hex');
}

const engines = [REFERENCE, await nativeEngine()];

for (const kind of engines) {
  const make = (): Engine => {
    const engine = kind.make({ seed: 3 });
    engine.load(IMAGE, 0n);
    return engine;
  };

  test(`a mirrored packet comes back as the mirror of what was sent (${kind.name})`, { skip: kind.skip }, () => {
    fc.assert(
      fc.property(cases, (given) => {
        const engine = make();
        const sent = request(given);
        const there = engine.process(sent, 1n);
        assert.equal(endText(there), 'FORWARD SERVICE');
        const out = there.out?.bytes ?? new Uint8Array();
        assert.notEqual(essence(out), essence(sent.bytes));
        const reply = {
          port: 3,
          bytes: mirrored(out, 0x12, given.partial),
          ...(sent.offload ? { offload: sent.offload } : {}),
        };
        const back = engine.process(reply, 2n);
        assert.equal(endText(back), 'FORWARD ESTABLISHED');
        assert.equal(essence(mirrored(back.out?.bytes ?? new Uint8Array(), 0x02, given.partial)), essence(sent.bytes));
        engine.close();
      }),
      { numRuns: 150 },
    );
  });

  test(`an ICMP error brings back the packet that its sender sent (${kind.name})`, { skip: kind.skip }, () => {
    fc.assert(
      fc.property(cases, fc.integer({ min: 8, max: 100 }), (given, kept) => {
        const engine = make();
        const sent = request({ ...given, partial: false });
        const there = engine.process(sent, 1n);
        const headers = given.isV6 ? 40 : 20;
        const quoted = (there.out?.bytes ?? new Uint8Array()).slice(14, 14 + headers + kept);
        const from = decodeFrame(there.out?.bytes ?? new Uint8Array()).ip;
        const [type, code] = given.isV6 ? [1, 4] : [3, 3];
        const error = ip(from?.destination ?? '', from?.source ?? '')
          .icmp(type, code)
          .payload(quoted);
        const back = engine.process(error.frame(3), 2n);
        assert.equal(endText(back), 'FORWARD RELATED');
        check(back);
        const returned = concat(
          new Uint8Array(12),
          sent.bytes.slice(12, 14),
          back.out?.bytes.slice(14 + headers + 8) ?? word(0),
        );
        // SCTP's CRC is computed over what is quoted, and a TCP checksum is mended only when it is inside.
        const comparable =
          given.protocol === 'SCTP' ? 14 + headers + 8 : given.protocol === 'TCP' ? 14 + headers + 16 : returned.length;
        const end = Math.min(comparable, returned.length);
        assert.equal(essence(returned.slice(0, end)), essence(sent.bytes.slice(0, end)));
        engine.close();
      }),
      { numRuns: 150 },
    );
  });

  test(`a UDP checksum of 0 stays 0 in IPv4, and a computed 0 is sent as 0xffff (${kind.name})`, {
    skip: kind.skip,
  }, () => {
    const engine = make();
    const none = engine.process(
      ip('10.244.1.5', '10.96.0.10').udp(5000, 80, { checksum: 0 }).payload('x').frame(2),
      1n,
    );
    assert.deepEqual(none.out?.bytes.slice(40, 42), word(0));
    // The payload is chosen so that the sum behind the rewrite is 0xffff.
    engine.scriptRandom([0]);
    const probe = engine.process(ip('10.244.1.5', '10.96.0.10').udp(5001, 80).payload(word(0)).frame(2), 2n);
    const checksum = ((probe.out?.bytes[40] ?? 0) << 8) | (probe.out?.bytes[41] ?? 0);
    const twin = make();
    twin.process(ip('10.244.1.5', '10.96.0.10').udp(5000, 80, { checksum: 0 }).payload('x').frame(2), 1n);
    twin.scriptRandom([0]);
    const zero = twin.process(ip('10.244.1.5', '10.96.0.10').udp(5001, 80).payload(word(checksum)).frame(2), 2n);
    assert.deepEqual(zero.out?.bytes.slice(40, 42), word(0xffff));
    check(zero);
    engine.close();
    twin.close();
  });
}

test('the mirror is sound: a right packet mirrored is right', () => {
  const bytes = packet().ip4('10.0.0.1', '10.0.0.2').udp(1, 2).payload('x').bytes();
  assert.deepEqual(decodeFrame(mirrored(bytes, 0, false)).ip?.faults, []);
  assert.equal(internetChecksum(bytes.subarray(14, 34)), 0);
  assert.deepEqual(bytes.subarray(6, 12), mac('02:00:00:00:00:c1'));
});
