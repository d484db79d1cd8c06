// corpus.ts - `npx tsx test/fuzz/corpus.ts`: writes the committed seeds of the fuzz targets, one file for what each is.
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { STRATEGY_NAMES } from '../../src/compile/strategy.js';
import { routerImage, worldImage } from '../native/world.js';
import { fragmentsOf } from '../support/fragments.js';
import { ip, type PacketBuilder, packet } from '../support/packet.js';

const HERE = join(dirname(fileURLToPath(import.meta.url)), 'corpus');
const [HOST, UPLINK, POD_A, POD_B] = [0, 1, 2, 3];
const MEND = 2;
const NEEDS_CHECKSUM = 4;
const TCP4_GSO = 1 << 3;
const ROUTER = 32;

/** One frame of an input of fuzz_parse: port, flags, seconds, length (2), bytes. */
function record(port: number, frame: PacketBuilder | Uint8Array, flags = MEND, seconds = 0): Uint8Array {
  const bytes = frame instanceof Uint8Array ? frame : frame.bytes();
  return Uint8Array.of(port, flags, seconds, bytes.length & 0xff, bytes.length >> 8, ...bytes);
}

const POD_A4 = '10.244.1.5';
const POD_B4 = '10.244.1.6';
const CLIENT = '203.0.113.10';
const NODE4 = '192.168.0.11';

/** The quoted packet of an ICMP error: IP header and 8 bytes. */
const quoted = (frame: PacketBuilder, header: number): Uint8Array => frame.bytes().slice(14, 14 + header + 8);

const FRAMES: Readonly<Record<string, readonly Uint8Array[]>> = {
  'tcp4-service-handshake-and-close': [
    record(POD_A, ip(POD_A4, '10.96.0.12').tcp(40_000, 82, { flags: 'SYN' })),
    record(POD_B, ip(POD_B4, POD_A4).tcp(8080, 40_000, { flags: 'SYN,ACK' })),
    record(POD_A, ip(POD_A4, '10.96.0.12').tcp(40_000, 82, { flags: 'ACK' }).payload('GET /')),
    record(POD_A, ip(POD_A4, '10.96.0.12').tcp(40_000, 82, { flags: 'FIN,ACK' })),
    record(POD_A, ip(POD_A4, '10.96.0.12').tcp(40_000, 82, { flags: 'RST' }), MEND, 11),
    record(POD_A, ip(POD_A4, '10.96.0.12').tcp(40_000, 82, { flags: 'SYN' })),
  ],
  'tcp4-node-port': [record(UPLINK, ip(CLIENT, NODE4).tcp(1234, 30_080, { flags: 'SYN' }))],
  'tcp4-load-balancer-source-range': [
    record(UPLINK, ip(CLIENT, '192.168.0.240').tcp(1, 80, { flags: 'SYN' })),
    record(UPLINK, ip('198.51.100.7', '192.168.0.240').tcp(1, 80, { flags: 'SYN' })),
  ],
  'tcp4-no-endpoints': [record(POD_A, ip(POD_A4, '10.96.0.11').tcp(1, 81, { flags: 'SYN' }))],
  'tcp4-health-check': [record(UPLINK, ip(CLIENT, NODE4).tcp(1, 31_000, { flags: 'SYN' }))],
  'tcp4-gso-partial-checksum': [
    record(POD_A, ip(POD_A4, '10.96.0.12').tcp(5, 82, { flags: 'ACK' }).payload(3000), TCP4_GSO | NEEDS_CHECKSUM),
  ],
  'tcp6-service': [record(POD_B, ip('fd00:10:244:1::6', 'fd00:10:96::a').tcp(5, 80, { flags: 'SYN' }))],
  'udp4-hairpin-and-reply': [
    record(POD_B, ip(POD_B4, '10.96.0.53').udp(4444, 53).payload('query')),
    record(POD_B, ip(POD_B4, NODE4).udp(5353, 40_000).payload('answer')),
  ],
  'udp6-service': [record(POD_B, ip('fd00:10:244:1::6', 'fd00:10:96::a').udp(4444, 80).payload('x'))],
  'sctp4-service': [record(POD_A, ip(POD_A4, '10.96.0.13').sctp(7000, 9000))],
  'icmp4-echo': [
    record(POD_A, ip(POD_A4, CLIENT).echo(7)),
    record(UPLINK, ip(CLIENT, POD_A4).echo(7, 1, { reply: true })),
  ],
  'icmp6-echo': [record(POD_A, ip('fd00:10:244:1::5', '2001:db8:113::10').echo(7))],
  'icmp4-error-about-a-service': [
    record(POD_A, ip(POD_A4, '10.96.0.53').udp(4444, 53).payload('query')),
    record(
      POD_B,
      ip(POD_B4, POD_A4)
        .icmp(3, 3)
        .payload(quoted(ip(POD_A4, POD_B4).udp(4444, 5353).payload('query'), 20)),
    ),
  ],
  'icmp6-error-about-a-service': [
    record(POD_B, ip('fd00:10:244:1::6', 'fd00:10:96::a').udp(4444, 80).payload('query')),
    record(
      POD_A,
      ip('fd00:10:244:1::5', 'fd00:10:244:1::6')
        .icmp(2, 0)
        .payload(quoted(ip('fd00:10:244:1::6', 'fd00:10:244:1::5').udp(4444, 8080).payload('query'), 40)),
    ),
  ],
  'arp-request': [
    record(
      POD_A,
      packet().arp({
        operation: 1,
        sender: ['02:00:00:00:00:c1', POD_A4],
        target: ['00:00:00:00:00:00', '169.254.1.1'],
      }),
    ),
  ],
  'neighbour-solicitation': [
    record(
      POD_A,
      packet()
        .ip6('fd00:10:244:1::5', 'ff02::1:ff00:1', { hopLimit: 255 })
        .icmp(135, 0)
        .payload(Uint8Array.of(0xfe, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 2, 0, 0, 0, 0, 0xc1)),
    ),
  ],
  'udp4-fragments': fragmentsOf(ip(POD_A4, '10.96.0.53').udp(4444, 53).payload(600), 256).map((bytes) =>
    record(POD_A, bytes, 0),
  ),
  'udp6-fragments': fragmentsOf(ip('fd00:10:244:1::6', 'fd00:10:96::a').udp(4444, 80).payload(600), 256).map((bytes) =>
    record(POD_B, bytes, 0),
  ),
  'ip6-extension-headers': [
    record(POD_B, ip('fd00:10:244:1::6', 'fd00:10:96::a').extension(0).extension(60).extension(43).udp(1, 80), 0),
  ],
  'router-spread': [
    record(POD_A, ip(CLIENT, '192.168.0.240').tcp(1000, 80, { flags: 'SYN' }), MEND | ROUTER),
    record(UPLINK, ip('192.168.0.240', CLIENT).tcp(80, 1000, { flags: 'SYN,ACK' }), MEND | ROUTER),
    record(HOST, ip(NODE4, '192.168.0.12').echo(1), MEND | ROUTER),
  ],
};

function write(target: string, name: string, parts: readonly Uint8Array[]): void {
  mkdirSync(join(HERE, target), { recursive: true });
  writeFileSync(join(HERE, target, `${name}.bin`), Buffer.concat(parts));
}

for (const [name, records] of Object.entries(FRAMES)) write('fuzz_parse', name, records);
/** The byte before an image: its header is put right, so that the seeds outlive a change of the layout hash. */
const MENDED = Uint8Array.of(0);
write('fuzz_image', 'node', [MENDED, worldImage()]);
write('fuzz_image', 'router', [MENDED, routerImage()]);

/** Changes of test/native/editor.cc by the bytes that choose them; 0 words of the patch are overwritten. */
const CHANGES: Readonly<Record<string, readonly number[]>> = {
  'add-service': [0, 0, 0, 2, 1, 1, 1, 5, 1, 0, 7, 0, 0],
  'remove-frontend': [0, 1, 2, 3, 0],
  'change-endpoints': [0, 1, 3, 2, 0],
  'change-scheduler': [0, 0, 4, 1, 5, 0],
  'swap-frontends': [0, 0, 5, 1, 4, 0],
  'add-service-bad-row': [0, 0, 0, 2, 1, 1, 1, 5, 1, 0, 7, 0, 1, 60, 0, 255, 255, 255, 255],
};
for (const [world, strategy] of STRATEGY_NAMES.entries()) {
  for (const [name, bytes] of Object.entries(CHANGES)) {
    write('fuzz_patch', `${strategy}-${name}`, [Uint8Array.of(world, ...bytes, ...bytes)]);
  }
}

/** Words of a state that are overwritten: none, the number of flows, an index of a flow. */
const WORDS: Readonly<Record<string, readonly number[]>> = {
  ...{ untouched: [], count: [20, 0, 0, 255, 0, 0, 0], index: [60, 1, 0, 7, 0, 0, 0] },
};
for (const [world, strategy] of STRATEGY_NAMES.entries()) {
  for (const [name, bytes] of Object.entries(WORDS)) {
    write('fuzz_state', `${strategy}-${name}`, [Uint8Array.of(world, 2, ...bytes)]);
  }
}
