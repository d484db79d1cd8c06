// words.ts - packets as words, both ways: `tcp 10.0.0.1:40000 > 10.0.0.2:80 SYN ttl=9` → frame, and what left → the same kind of words.

import type { FrameIn } from '../../../src/engine/engine.js';
import { formatEndpoint, isIPv6 } from '../../../src/model/address.js';
import type { Decoded, DecodedIp } from '../decode.js';
import { fragmentsOf } from '../fragments.js';
import { concat, word } from '../internet.js';
import { CLIENT_MAC, ip, mac, type PacketBuilder, packet, wire } from '../packet.js';

/** ICMP errors by name: type, code in IPv4 and IPv6. */
const ERRORS: Readonly<Record<string, { v4: readonly [number, number]; v6: readonly [number, number] }>> = {
  'port-unreachable': { v4: [3, 3], v6: [1, 4] },
  'host-unreachable': { v4: [3, 1], v6: [1, 0] },
  'time-exceeded': { v4: [11, 0], v6: [3, 0] },
  'too-big': { v4: [3, 4], v6: [2, 0] },
};

/** ICMP queries and their answers by name: the type in IPv4 and IPv6. */
const QUERIES: Readonly<Record<string, { v4?: number; v6?: number }>> = {
  echo: { v4: 8, v6: 128 },
  'echo-reply': { v4: 0, v6: 129 },
  timestamp: { v4: 13 },
  'timestamp-reply': { v4: 14 },
  information: { v4: 15 },
  'information-reply': { v4: 16 },
  'address-mask': { v4: 17 },
  'address-mask-reply': { v4: 18 },
  'node-information': { v6: 139 },
  'node-information-reply': { v6: 140 },
};

interface End {
  readonly address: string;
  readonly port: number;
}

/** `10.0.0.1:80`, `[fd00::1]:80`, `10.0.0.1`, `fd00::1`. */
function readEnd(text: string): End {
  const bracketed = /^\[(.*)\]:(\d+)$/.exec(text);
  const plain = bracketed ?? /^([^:]*):(\d+)$/.exec(text);
  return plain ? { address: plain[1] ?? '', port: Number(plain[2]) } : { address: text, port: 0 };
}

/** `name=value` words and bare words. */
interface Words {
  readonly values: ReadonlyMap<string, string>;
  readonly bare: readonly string[];
}

export function readWords(words: readonly string[]): Words {
  const pairs = words.filter((each) => /^[a-z-]+=/.test(each));
  return {
    values: new Map(pairs.map((each) => [each.slice(0, each.indexOf('=')), each.slice(each.indexOf('=') + 1)])),
    bare: words.filter((each) => !pairs.includes(each)),
  };
}

/** A packet whose checksum is written out has a wrong one, and may keep it. */
export const isSpoilt = (words: readonly string[]): boolean => words.some((word) => word.startsWith('checksum='));

const KNOWN = ['ttl', 'len', 'id', 'gso', 'frag', 'mtu', 'code', 'checksum', 'seq', 'ack', 'mac'];

/** SCTP's INIT with initiate tag 1, or the INIT ACK to it (RFC 9260 §3.3.2): what a real tracker begins with. */
function handshake(layer: PacketBuilder, from: End, to: End, isAnswer: boolean): PacketBuilder {
  const initiateTag = 1;
  return layer.sctp(from.port, to.port, isAnswer ? { chunk: 2, tag: 1, initiateTag } : { initiateTag });
}

/** Puts the upper layer of a description on an IP layer. */
function upper(
  layer: PacketBuilder,
  protocol: string,
  from: End,
  to: End,
  words: Words,
  about: readonly string[],
): PacketBuilder {
  const size = Number(words.values.get('len') ?? 0);
  const id = Number(words.values.get('id') ?? 1);
  const checksum = words.values.has('checksum') ? { checksum: Number(words.values.get('checksum')) } : {};
  if (protocol === 'tcp') {
    const flags = words.bare.find((each) => /^[A-Z,]+$/.test(each)) ?? '';
    const number = (name: string): object => (words.values.has(name) ? { [name]: Number(words.values.get(name)) } : {});
    return layer.tcp(from.port, to.port, { flags, ...number('seq'), ...number('ack'), ...checksum }).payload(size);
  }
  if (protocol === 'udp') return layer.udp(from.port, to.port, checksum).payload(size);
  if (protocol === 'sctp') return handshake(layer, from, to, words.bare.includes('INIT-ACK'));
  if (protocol !== 'icmp') return layer.other(Number(protocol.replace('proto-', '')), size);
  const query = words.bare
    .map((each) => QUERIES[each]?.[isIPv6(from.address) ? 'v6' : 'v4'])
    .find((type) => type !== undefined);
  if (query !== undefined) return layer.query(query, id, Number(words.values.get('code') ?? 0)).payload(size);
  const name = words.bare.find((each) => ERRORS[each]);
  const kind = ERRORS[name ?? ''];
  if (!kind) throw new Error(`icmp needs one of ${[...Object.keys(QUERIES), ...Object.keys(ERRORS)].join(', ')}`);
  if (about.length === 0) {
    throw new Error('an ICMP error is `about` a packet: icmp A > B port-unreachable about udp C:1 > D:2');
  }
  const quoted = build(about).packetBytes();
  const isV6 = isIPv6(from.address);
  const mtu = Number(words.values.get('mtu') ?? 0);
  const rest = isV6 ? concat(word(mtu >>> 16), word(mtu)) : concat(word(0), word(mtu));
  const [type, code] = isV6 ? kind.v6 : kind.v4;
  return layer.icmp(type, code, { rest, ...checksum }).payload(quoted);
}

function build(words: readonly string[]): PacketBuilder {
  const [protocol = '', from = '', arrow, to = '', ...rest] = words;
  if (arrow !== '>') throw new Error(`expected "PROTOCOL FROM > TO", got "${words.join(' ')}"`);
  const about = rest.indexOf('about');
  const more = readWords(about < 0 ? rest : rest.slice(0, about));
  const unknown = [...more.values.keys()].filter((name) => !KNOWN.includes(name));
  if (unknown.length > 0) throw new Error(`unknown word ${unknown.join(', ')}`);
  const [source, destination] = [readEnd(from), readEnd(to)];
  const hops = Number(more.values.get('ttl') ?? 64);
  const isV6 = isIPv6(source.address);
  const layer = isV6
    ? ip(source.address, destination.address, hops)
    : packet().ip4(source.address, destination.address, { ttl: hops, df: !more.bare.includes('may-fragment') });
  const made = upper(layer, protocol, source, destination, more, about < 0 ? [] : rest.slice(about + 1));
  const gso = more.values.get('gso')?.split(':').map(Number);
  if (gso) return made.gso(gso[0] ?? 0, gso[1] ?? 0);
  return more.bare.includes('partial') ? made.partial() : made;
}

/** `arp who-has A tell B`, `nd who-has A tell B`. */
function question(words: readonly string[]): Uint8Array {
  const [kind, , target = '', , asker = ''] = words;
  if (kind === 'arp') {
    const fields = { operation: 1, sender: [CLIENT_MAC, asker], target: ['00:00:00:00:00:00', target] } as const;
    return packet()
      .arp({ operation: 1, sender: [...fields.sender], target: [...fields.target] })
      .bytes();
  }
  const option = concat(Uint8Array.of(1, 1), mac(CLIENT_MAC));
  const solicitation = packet().ip6(asker, 'ff02::1:ff00:1', { hopLimit: 255 }).icmp(135, 0);
  return solicitation.payload(concat(wire(target), option)).bytes();
}

/** Description → frame. `frag=ID:FROM-TO` takes these bytes of the IP payload of the described packet. */
export function frameOf(words: readonly string[], port: number): FrameIn {
  if (words[1] === 'who-has') return { port, bytes: question(words) };
  const made = build(words);
  const frag = readWords(words).values.get('frag');
  if (!frag) return made.frame(port);
  const [, id = '', from = '', to = ''] = /^(\d+):(\d+)-(\d+)$/.exec(frag) ?? [];
  const size = Number(to) - Number(from);
  // Every fragment but the last has the same size; the wanted one is found by its offset.
  const unit = Number(from) === 0 ? size : Number(from);
  const pieces = fragmentsOf(made, unit, Number(id));
  const bytes = pieces[Number(from) / unit];
  if (!bytes) throw new Error(`the packet has no bytes ${frag}`);
  return { port, bytes };
}

/** `quoted`: only 8 bytes of a quoted upper layer are sure to be there, so TCP flags are not told. */
function upperText(ip: DecodedIp, quoted = false): string {
  const { source, destination } = ip;
  if (ip.fragment && ip.fragment.offset > 0) return `fragment ${source} > ${destination}`;
  if (ip.protocol === 'other') return `proto-${ip.number} ${source} > ${destination}`;
  if (ip.protocol !== 'icmp' && ip.protocol !== 'icmp6') {
    const ends = `${formatEndpoint(source, ip.sourcePort ?? 0)} > ${formatEndpoint(destination, ip.destinationPort ?? 0)}`;
    return [ip.protocol, ends, ip.protocol === 'tcp' && !quoted ? ip.flags : '']
      .filter((part) => part !== '')
      .join(' ');
  }
  const ends = `icmp ${source} > ${destination}`;
  const key = ip.version === 4 ? 'v4' : 'v6';
  const query = Object.keys(QUERIES).find((each) => QUERIES[each]?.[key] === ip.type);
  if (query) return `${ends} ${query}`;
  const name = Object.keys(ERRORS).find((each) => {
    const [type, code] = ERRORS[each]?.[key] ?? [];
    return type === ip.type && code === ip.code;
  });
  return `${ends} ${name ?? `type-${ip.type}/${ip.code}`} about ${ip.embedded ? upperText(ip.embedded, true) : '?'}`;
}

/** What a frame is, in the words of the right side of a line. */
export function describe(frame: Decoded): string {
  const { arp, ip } = frame;
  if (arp) return arp.operation === 2 ? `arp ${arp.sender} is-at ${arp.senderMac}` : `arp who-has ${arp.target}`;
  if (!ip) return 'unknown';
  if (ip.protocol === 'icmp6' && ip.type === 136) return `nd ${ip.source} is-at ${frame.etherSource}`;
  return upperText(ip);
}

/** Values that the right side may ask for by `name=value`. */
export function valuesOf(bytes: Uint8Array, frame: Decoded, isPartial: boolean): Record<string, string> {
  const { ip } = frame;
  if (!ip) return {};
  const fragment = ip.fragment ? `${ip.fragment.offset}${ip.fragment.more ? '+' : ''}` : 'none';
  return {
    ttl: String(ip.ttl),
    id: String(ip.id),
    mtu: String(ip.mtu),
    len: String(ip.payload.length),
    frag: fragment,
    size: String(bytes.length),
    checksum: isPartial ? 'partial' : 'full',
  };
}
