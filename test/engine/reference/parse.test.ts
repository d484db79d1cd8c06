// parse.test.ts - every way in which a frame can be malformed has its reason, and the packet next to it passes. On both engines.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Reason } from '../../../src/abi/abi.gen.js';
import type { Engine, FrameIn } from '../../../src/engine/engine.js';
import { encodeImage } from '../../../src/image/encode.js';
import { nativeEngine, REFERENCE } from '../../support/engines.js';
import { endText } from '../../support/expect.js';
import { concat, internetChecksum, word } from '../../support/internet.js';
import { packet } from '../../support/packet.js';
import { makeTables, NODE_1 } from '../../support/tables.js';

const IMAGE = encodeImage(makeTables({ ...NODE_1, mode: [...(NODE_1.mode ?? []), 'DROPS_INVALID'] }));
const V4 = ['10.244.1.5', '10.244.2.7'] as const;
const V6 = ['fd00:10:244:1::5', 'fd00:10:244:2::7'] as const;

const v4 = () => packet().ip4(...V4);
const v6 = () => packet().ip6(...V6);

/** A frame with some bytes replaced; the IPv4 header checksum is made right again. */
function patched(bytes: Uint8Array, at: number, ...values: readonly number[]): Uint8Array {
  const copy = bytes.slice();
  copy.set(values, at);
  const end = 14 + ((copy[14] ?? 0) & 0xf) * 4;
  if (copy[12] === 8 && copy.length >= end && end >= 34) {
    copy.set(word(0), 24);
    copy.set(word(internetChecksum(copy.subarray(14, end))), 24);
  }
  return copy;
}

const UDP4 = v4().udp(40_000, 9).payload(20).bytes();
const UDP6 = v6().udp(40_000, 9).payload(20).bytes();
const TCP4 = v4().tcp(40_000, 9).payload(20).bytes();
const ARP = packet()
  .arp({ operation: 1, sender: ['02:00:00:00:00:c1', '10.244.1.5'], target: ['00:00:00:00:00:00', '10.244.1.1'] })
  .bytes();

type Row = readonly [title: string, bytes: Uint8Array, end: keyof typeof Reason];

const ROWS: readonly Row[] = [
  ['13 bytes', UDP4.slice(0, 13), 'MALFORMED_ETHERNET'],
  ['a VLAN tag', patched(UDP4, 12, 0x81, 0x00), 'UNKNOWN_ETHERTYPE'],
  ['ARP that is asked soundly', ARP, 'ARP_REPLY'],
  ['27 bytes of ARP', ARP.slice(0, 41), 'MALFORMED_ARP'],
  ['ARP for something else than Ethernet', patched(ARP, 15, 6), 'MALFORMED_ARP'],
  ['an IPv4 header of 19 bytes', UDP4.slice(0, 33), 'MALFORMED_IP'],
  ['version 5', patched(UDP4, 14, 0x55), 'MALFORMED_IP'],
  ['IHL 4', patched(UDP4, 14, 0x44), 'MALFORMED_IP'],
  ['IHL beyond the frame', patched(UDP4, 14, 0x4f), 'MALFORMED_IP'],
  ['a total length below the header', patched(UDP4, 16, 0, 19), 'MALFORMED_IP'],
  ['a total length beyond the frame', patched(UDP4, 16, 0, 49), 'MALFORMED_IP'],
  ['a total length of 0 without segmentation offload', patched(UDP4, 16, 0, 0), 'MALFORMED_IP'],
  ['a wrong header checksum', v4().bytes().fill(1, 24, 26), 'BAD_IP_CHECKSUM'],
  ['padding behind the packet', concat(UDP4, new Uint8Array(9)), 'FORWARDED'],
  [
    'IPv4 options',
    packet()
      .ip4(...V4, { options: new Uint8Array(40).fill(1) })
      .udp(1, 2)
      .bytes(),
    'FORWARDED',
  ],
  ['an IPv6 header of 39 bytes', UDP6.slice(0, 53), 'MALFORMED_IP'],
  ['IPv6 with version 4', patched(UDP6, 14, 0x40), 'MALFORMED_IP'],
  ['an IPv6 payload beyond the frame', patched(UDP6, 18, 0, 29), 'MALFORMED_IP'],
  [
    'eight extension headers',
    Array.from({ length: 8 })
      .reduce<ReturnType<typeof v6>>((p) => p.extension(60), v6())
      .udp(1, 2)
      .bytes(),
    'FORWARDED',
  ],
  [
    'nine extension headers',
    Array.from({ length: 9 })
      .reduce<ReturnType<typeof v6>>((p) => p.extension(60), v6())
      .udp(1, 2)
      .bytes(),
    'UNSUPPORTED_EXTENSION',
  ],
  ['an extension header that leaves the packet', patched(v6().extension(0).bytes(), 55, 1), 'UNSUPPORTED_EXTENSION'],
  ['two fragment headers', v6().fragment({}).fragment({}).udp(1, 2).bytes(), 'UNSUPPORTED_EXTENSION'],
  ['an atomic fragment', v6().fragment({}).udp(1, 2).bytes(), 'FORWARDED'],
  ['no next header', v6().other(59, 0).bytes(), 'FORWARDED'],
  ['a TCP header of 19 bytes', patched(TCP4.slice(0, 53), 16, 0, 39), 'MALFORMED_L4'],
  ['a TCP data offset of 16', patched(TCP4, 46, 0x40), 'MALFORMED_L4'],
  ['a TCP data offset beyond the packet', patched(TCP4, 46, 0xb0), 'MALFORMED_L4'],
  ['a UDP header of 7 bytes', patched(UDP4.slice(0, 41), 16, 0, 27), 'MALFORMED_L4'],
  ['a UDP length of 7', patched(UDP4, 38, 0, 7), 'MALFORMED_L4'],
  ['a UDP length beyond the packet', patched(UDP4, 38, 0, 29), 'MALFORMED_L4'],
  ['a UDP length below the packet', v4().udp(40_000, 9, { length: 27 }).payload(20).bytes(), 'FORWARDED'],
  ['SCTP of 11 bytes', v4().other(132, 11).bytes(), 'MALFORMED_L4'],
  ['ICMP of 7 bytes', v4().other(1, 7).bytes(), 'MALFORMED_L4'],
  ['ICMPv6 inside IPv4: some other protocol', v4().other(58, 3).bytes(), 'FORWARDED'],
  ['ICMP inside IPv6: some other protocol', v6().other(1, 3).bytes(), 'FORWARDED'],
  ['a router advertisement from afar', v6().icmp(134, 0).bytes(), 'NEIGHBOUR_IGNORED'],
  ['a timestamp request', v4().icmp(13, 0).bytes(), 'FORWARDED'],
  ['an answer to no request for an address mask', v4().icmp(18, 0).bytes(), 'INVALID_STATE'],
  ['a type of ICMP without a state', v4().icmp(19, 0).bytes(), 'INVALID_STATE'],
  ['a router solicitation of IPv4', v4().icmp(10, 0).bytes(), 'INVALID_STATE'],
  ['a question about a node', v6().icmp(139, 0).bytes(), 'FORWARDED'],
  ['a report of a multicast listener', v6().icmp(143, 0).bytes(), 'FORWARDED'],
  [
    'an ICMP error in fragments',
    packet()
      .ip4(...V4, { mf: true })
      .icmp(3, 3)
      .payload(UDP4.slice(14))
      .bytes(),
    'INVALID_STATE',
  ],
  [
    'half of a mapped prefix and nothing else',
    packet().ip6('::ff00:0:0', V6[1]).udp(40_000, 9).payload(20).bytes(),
    'FORWARDED',
  ],
  ['an IPv4-mapped address in IPv6', patched(UDP6, 38, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff), 'MARTIAN'],
];

for (const kind of [REFERENCE, await nativeEngine()]) {
  const run = (frame: FrameIn): string => {
    const engine: Engine = kind.make({ seed: 1 });
    engine.load(IMAGE, 0n);
    const text = endText(engine.process(frame, 0n));
    engine.close();
    return text.split(' ')[1] ?? '';
  };

  for (const [title, bytes, end] of ROWS) {
    test(`${title}: ${end} (${kind.name})`, { skip: kind.skip }, () => assert.equal(run({ port: 2, bytes }), end));
  }

  test(`lengths of 0 mean the rest of a frame that the device will cut (${kind.name})`, { skip: kind.skip }, () => {
    const big4 = packet()
      .ip4(...V4, { totalLength: 0 })
      .tcp(1, 2, { flags: 'ACK' })
      .payload(65_480)
      .gso(1, 1448);
    const big6 = packet()
      .ip6(...V6, { payloadLength: 0 })
      .udp(1, 2, { length: 0 })
      .payload(65_480)
      .gso(5, 1400);
    assert.equal(run(big4.frame(2)), 'FORWARDED');
    assert.equal(run(big6.frame(2)), 'FORWARDED');
  });

  test(`a port that the image does not have, and no image at all: NO_TABLES (${kind.name})`, {
    skip: kind.skip,
  }, () => {
    assert.equal(run({ port: 9, bytes: UDP4 }), 'NO_TABLES');
    const empty = kind.make({ seed: 1 });
    assert.equal(endText(empty.process({ port: 0, bytes: new Uint8Array(3) }, 0n)), 'DROP NO_TABLES');
    empty.close();
  });
}
