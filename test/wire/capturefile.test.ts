// capturefile.test.ts - captures of every byte order, resolution and link type are read; damaged ones do no harm.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CaptureFileError, capturedPackets, type FilePacket } from '../../src/wire/capturefile.js';
import { ethernetOf, linkTypeName } from '../../src/wire/linktypes.js';
import { pcap, pcapng, type Recorded, readerOf } from '../support/capture-files.js';
import { packet } from '../support/packet.js';
import { Dice } from '../support/seed.js';

const frame = packet().ip4('203.0.113.10', '192.168.0.240').udp(5000, 53).payload('hello').frame(0).bytes;
const PACKETS: readonly Recorded[] = [
  { atNs: 1_700_000_000_123_456_000n, bytes: frame },
  { atNs: 1_700_000_001_000_000_000n, bytes: frame.subarray(0, 40), length: frame.length },
];

const packetsOf = (file: Uint8Array): FilePacket[] => [...capturedPackets(readerOf(file))];

const BOTH = [true, false];

test('pcap is read in both byte orders, with stamps of micro- and nanoseconds', () => {
  for (const little of BOTH) {
    for (const nanoseconds of BOTH) {
      const found = packetsOf(pcap({ little, nanoseconds, linkType: 1 }, PACKETS));
      assert.deepEqual(
        found.map(({ atNs, length }) => [atNs, length]),
        PACKETS.map(({ atNs }) => [atNs, frame.length]),
      );
      assert.deepEqual(Buffer.from(found[1]?.bytes ?? []), Buffer.from(frame.subarray(0, 40)));
    }
  }
});

test('pcapng is read in both byte orders, with interfaces of their own link types and resolutions', () => {
  const interfaces = [
    { linkType: 1, resolution: 6 },
    { linkType: 101, resolution: 9 },
    { linkType: 113, resolution: 0x80 + 20 },
  ];
  const packets = [...PACKETS, { atNs: 1_700_000_002_500_000_000n, bytes: frame }];
  for (const little of BOTH) {
    const found = packetsOf(Buffer.concat([pcapng(little, interfaces, packets), pcapng(!little, interfaces, packets)]));
    assert.deepEqual(
      found.map(({ linkType }) => linkType),
      [1, 101, 113, 1, 101, 113],
    );
    assert.deepEqual(
      found.slice(3).map(({ atNs }) => atNs),
      packets.map(({ atNs }) => atNs),
    );
  }
});

test('packets without Ethernet get a header of it; what carries no IP is named', () => {
  const ip = frame.subarray(14);
  const sll = Uint8Array.of(0, 0, 0, 1, 0, 6, 2, 0, 0, 0, 0, 1, 0, 0, 8, 0, ...ip);
  const sll2 = Uint8Array.of(8, 0, 0, 0, 0, 0, 0, 2, 0, 1, 0, 6, 2, 0, 0, 0, 0, 1, 0, 0, ...ip);
  const forms = [
    [101, ip],
    [12, ip],
    [228, ip],
    [0, Uint8Array.of(2, 0, 0, 0, ...ip)],
    [113, sll],
    [276, sll2],
  ] as const;
  for (const [linkType, bytes] of forms) {
    const made = ethernetOf(linkType, bytes);
    assert.deepEqual(Buffer.from(made?.subarray(12) ?? []), Buffer.from(frame.subarray(12)), linkTypeName(linkType));
  }
  const six = packet().ip6('2001:db8::1', '2001:db8::2').udp(1, 2).payload('x').frame(0).bytes;
  assert.deepEqual(Buffer.from(ethernetOf(101, six.subarray(14))?.subarray(12, 14) ?? []), Buffer.from([0x86, 0xdd]));
  assert.equal(ethernetOf(239, ip), null);
  assert.equal(linkTypeName(239), 'NFLOG (239)');
  assert.equal(ethernetOf(113, sll.subarray(0, 3))?.length, 14);
});

test('a file that is cut off anywhere, or changed at random, ends with what is wrong, never otherwise', () => {
  const interfaces = [{ linkType: 1, resolution: 6 }];
  const files = [
    pcap({ little: true, nanoseconds: false, linkType: 1 }, PACKETS),
    pcapng(true, interfaces, PACKETS),
    pcapng(false, interfaces, PACKETS),
  ];
  const dice = new Dice(1);
  const harmless = (file: Uint8Array): void => {
    const asked: number[] = [];
    const read = readerOf(file);
    const watched = (bytes: number): Uint8Array => {
      asked.push(bytes);
      return read(bytes);
    };
    try {
      for (const _ of capturedPackets(watched));
    } catch (error) {
      assert.ok(error instanceof CaptureFileError, String(error));
    }
    assert.ok(Math.max(...asked) <= 1 << 20, 'memory is bounded');
  };
  for (const file of files) {
    for (let bytes = 0; bytes < file.length; bytes++) harmless(file.subarray(0, bytes));
    for (let i = 0; i < 2_000; i++) {
      const bad = Buffer.from(file);
      for (let j = dice.between(1, 4); j > 0; j--) bad[dice.below(bad.length)] = dice.below(256);
      harmless(bad);
    }
  }
  assert.throws(() => packetsOf(Buffer.from('not a capture')), /neither pcap nor pcapng/);
});
