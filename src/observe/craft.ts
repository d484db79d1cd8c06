// craft.ts - packets as nobody's kernel would send them: flags, TTL, fragments, wrong checksums; and answers read back (IPv4).
import { complement, fold, sctpChecksum, sumBytes } from '../wire/checksum.js';
import { ETHERNET_BYTES, PROTOCOL } from '../wire/headers.js';
import { buildProbe, checksumAt, type Probe, setSourcePort } from './probe.js';

export interface Craft {
  readonly ttl: number;
  /** Bits of TCP, as flagBits gives them. */
  readonly flags: number;
  readonly badChecksum: boolean;
  /** Bytes of payload in each fragment, a multiple of 8; null: the packet is whole. */
  readonly fragment: number | null;
}

const FLAGS: readonly string[] = ['FIN', 'SYN', 'RST', 'PSH', 'ACK', 'URG', 'ECE', 'CWR'];
const IP_BYTES = 20;
const PAYLOAD = Buffer.from('kubewire probe, thirty-two bytes');
const ECHO_REQUEST = 8;
/** Errors of ICMP that quote a packet: unreachable, quench, redirect, time exceeded, parameter problem. */
const ERRORS: Readonly<Record<number, string>> = {
  ...{ 3: 'unreachable', 4: 'source quench', 5: 'redirect', 11: 'time exceeded', 12: 'parameter problem' },
};
const UNREACHABLE: Readonly<Record<number, string>> = {
  ...{ 0: 'network', 1: 'host', 2: 'protocol', 3: 'port', 4: 'fragmentation needed: host', 13: 'prohibited: host' },
};

/** `SYN,ACK` → bits; null for a word that is no flag. */
export function flagBits(text: string): number | null {
  const words = text.toUpperCase().split(',');
  const bits = words.map((word) => FLAGS.indexOf(word));
  return bits.includes(-1) ? null : bits.reduce((sum, bit) => sum | (1 << bit), 0);
}

const flagWords = (bits: number): string => FLAGS.filter((_, i) => (bits & (1 << i)) !== 0).join(',') || 'no flags';

function finishIp(packet: Uint8Array): Uint8Array {
  const view = new DataView(packet.buffer, packet.byteOffset, packet.byteLength);
  view.setUint16(2, packet.length);
  view.setUint16(10, 0);
  view.setUint16(10, complement(sumBytes(packet, 0, IP_BYTES)));
  return packet;
}

/** Ones' complement sum of the pseudo-header and everything after the IP header. */
function checksum(packet: Uint8Array, protocol: number): number {
  const body = packet.subarray(IP_BYTES);
  const pseudo = protocol === PROTOCOL.ICMP ? 0 : sumBytes(packet, 12, 20) + protocol + body.length;
  return complement(fold(pseudo + sumBytes(packet, IP_BYTES, packet.length)));
}

/** The n-th IPv4 packet of a probe, in as many pieces as it is sent in. Each has a source port, or number, of its own. */
export function craft(probe: Probe, { ttl, flags, badChecksum, fragment }: Craft, n: number): Uint8Array[] {
  const frame = buildProbe(probe);
  const bare = (probe.protocol === 'ICMP' ? frame : setSourcePort(frame, probe.sourcePort + n)).subarray(
    ETHERNET_BYTES,
  );
  const payload = probe.protocol === 'SCTP' ? new Uint8Array() : PAYLOAD;
  const packet = new Uint8Array(bare.length + payload.length);
  packet.set(bare);
  packet.set(payload, bare.length);
  const view = new DataView(packet.buffer);
  const protocol = packet[9] ?? 0;
  packet[8] = ttl;
  view.setUint16(4, (probe.sourcePort + n) & 0xffff || 1);
  if (probe.protocol === 'ICMP') view.setUint16(IP_BYTES + 6, n + 1);
  if (probe.protocol === 'TCP') packet[IP_BYTES + 13] = flags;
  if (probe.protocol === 'UDP') view.setUint16(IP_BYTES + 4, packet.length - IP_BYTES);
  const field = IP_BYTES + checksumAt(protocol, 4);
  if (probe.protocol === 'SCTP') view.setUint32(field, sctpChecksum(packet, IP_BYTES, packet.length), true);
  else {
    view.setUint16(field, 0);
    view.setUint16(field, checksum(packet, protocol) || 0xffff);
  }
  if (badChecksum) view.setUint16(field, view.getUint16(field) ^ 0x5555);
  return fragment === null ? [finishIp(packet)] : fragments(packet, fragment);
}

function fragments(packet: Uint8Array, size: number): Uint8Array[] {
  const pieces: Uint8Array[] = [];
  for (let at = IP_BYTES; at < packet.length; at += size) {
    const body = packet.subarray(at, at + size);
    const piece = new Uint8Array(IP_BYTES + body.length);
    piece.set(packet.subarray(0, IP_BYTES));
    piece.set(body, IP_BYTES);
    const more = at + size < packet.length ? 0x2000 : 0;
    new DataView(piece.buffer).setUint16(6, more | ((at - IP_BYTES) >> 3));
    pieces.push(finishIp(piece));
  }
  return pieces;
}

export interface CraftedAnswer {
  /** Which packet it answers, from 0 on. */
  readonly of: number;
  readonly from: string;
  readonly ttl: number;
  /** `SYN,ACK`, `echo reply`, `port unreachable`, `time exceeded` … */
  readonly what: string;
  /** It comes from the destination itself. */
  readonly arrived: boolean;
}

const dotted = (packet: Uint8Array, at: number): string => packet.subarray(at, at + 4).join('.');

/** What a received IPv4 packet says about a probe of so many packets; null if nothing. */
export function readAnswer(packet: Uint8Array, probe: Probe, count: number): CraftedAnswer | null {
  const header = ((packet[0] ?? 0) & 15) * 4;
  if (header < IP_BYTES || packet.length < header + 8) return null;
  const view = new DataView(packet.buffer, packet.byteOffset, packet.byteLength);
  const [from, ttl, protocol] = [dotted(packet, 12), packet[8] ?? 0, packet[9] ?? 0];
  const made = (of: number, what: string, arrived: boolean): CraftedAnswer | null =>
    of >= 0 && of < count ? { of, from, ttl, what, arrived } : null;
  if (protocol === PROTOCOL.ICMP) {
    const [type = 0, code = 0] = packet.subarray(header);
    if (type === 0 && probe.protocol === 'ICMP' && view.getUint16(header + 4) === probe.sourcePort) {
      return made(view.getUint16(header + 6) - 1, 'echo reply', true);
    }
    const about = ERRORS[type] && quoted(packet.subarray(header + 8), probe);
    if (about === null || about === undefined || about === '') return null;
    const what = type === 3 ? `${UNREACHABLE[code] ?? `code ${code}`} unreachable` : `${ERRORS[type]}`;
    return made(about, what, from === probe.destination);
  }
  if (probe.protocol === 'ICMP' || protocol !== PROTOCOL[probe.protocol] || from !== probe.destination) return null;
  if (view.getUint16(header) !== probe.destinationPort) return null;
  const of = view.getUint16(header + 2) - probe.sourcePort;
  if (probe.protocol === 'TCP') return made(of, flagWords(packet[header + 13] ?? 0), true);
  return made(
    of,
    probe.protocol === 'UDP' ? `${packet.length - header - 8} bytes` : `chunk ${packet[header + 12]}`,
    true,
  );
}

/** Number of the packet that an error quotes; null if it is none of the probe's. */
function quoted(packet: Uint8Array, probe: Probe): number | null {
  if (packet.length < IP_BYTES + 8 || dotted(packet, 16) !== probe.destination) return null;
  const view = new DataView(packet.buffer, packet.byteOffset, packet.byteLength);
  if (probe.protocol !== 'ICMP') return view.getUint16(IP_BYTES) - probe.sourcePort;
  const isOurs = packet[IP_BYTES] === ECHO_REQUEST && view.getUint16(IP_BYTES + 4) === probe.sourcePort;
  return isOurs ? view.getUint16(IP_BYTES + 6) - 1 : null;
}
