// reply.ts - ICMP errors that the node sends about a packet (RFC 1812 §4.3.2, RFC 4443 §2.4), or a silent drop if none is allowed.

import { Reason } from '../../abi/abi.gen.js';
import { reasonSpec } from '../../abi/reasons.js';
import { isUnspecified, put16, put32, type Version, writeAddress } from '../../wire/bytes.js';
import { complement, fold, pseudoHeaderSum, sumBytes } from '../../wire/checksum.js';
import { ETHERNET_BYTES, icmpOf, isIcmpError } from '../../wire/headers.js';
import type { Outcome } from '../engine.js';
import type { Packet } from './packet.js';
import { answer, drop, fromHost, type Passage } from './passage.js';

/** Maximum length of an IP packet that carries an error. */
const LIMIT: Readonly<Record<Version, number>> = { 4: 576, 6: 1280 };

interface Circumstances {
  /** The packet was being sent to a destination other than its original one. */
  readonly moved?: boolean;
  /** Only used with TOO_BIG. */
  readonly mtu?: number;
}

/** Answers with an ICMP error about the packet as it was received. */
export function refuse(
  passage: Passage,
  packet: Packet,
  reason: Reason,
  { moved = false, mtu = 0 }: Circumstances = {},
): Outcome {
  const words = reasonSpec(reason)?.answer;
  if (!words) throw new Error(`no ICMP error for reason ${reason}`);
  const isError = isIcmpError(packet.version, packet.protocol, packet.icmpType);
  if (packet.fragment === 'later' || isError) return drop(passage, Reason[words.silent as keyof typeof Reason]); // [REPLY-1]
  const [type, code] = packet.version === 4 ? words.v4 : words.v6;
  const header = packet.version === 4 ? 20 : 40;
  const quoted = passage.frame.bytes.slice(packet.at, packet.end).subarray(0, LIMIT[packet.version] - header - 8); // [REPLY-4]
  const icmp = ETHERNET_BYTES + header;
  const reply = new Uint8Array(icmp + 8 + quoted.length);
  reply.set(passage.frame.bytes.subarray(6, 12), 0);
  reply.set(passage.node.mac, 6);
  put16(reply, 12, packet.version === 4 ? 0x0800 : 0x86dd);
  const source = errorSource(passage, packet, moved);
  writeHeader(reply, packet, source);
  reply[icmp] = type;
  reply[icmp + 1] = code;
  if (packet.version === 4)
    put16(reply, icmp + 6, Math.min(mtu, 0xffff)); // [REPLY-5]
  else put32(reply, icmp + 4, mtu);
  reply.set(quoted, icmp + 8);
  const pseudo = packet.version === 6 ? pseudoHeaderSum(source, packet.source, icmpOf(6), reply.length - icmp, 6) : 0;
  put16(reply, icmp + 2, complement(fold(pseudo + sumBytes(reply, icmp, reply.length))));
  return answer(passage, reason, reply);
}

/**
 * The node's address; or whom the packet was sent to: when it was on its way to another one (netfilter translates the
 * node's own errors like everybody's), when the node has no address of the family, and for the host, which would discard
 * a packet from its own address.
 * [REPLY-6]
 */
function errorSource(passage: Passage, packet: Packet, moved: boolean): Uint8Array {
  const own = packet.version === 4 ? passage.node.address4 : passage.node.address6;
  return moved || isUnspecified(own) || fromHost(passage) ? packet.destination : own;
}

/** [REPLY-3] */
function writeHeader(reply: Uint8Array, packet: Packet, source: Uint8Array): void {
  const ip = ETHERNET_BYTES;
  if (packet.version === 4) {
    reply[ip] = 0x45;
    reply[ip + 1] = 0xc0;
    put16(reply, ip + 2, reply.length - ip);
    reply[ip + 8] = 64;
    reply[ip + 9] = icmpOf(4);
    writeAddress(reply, ip + 12, source, 4);
    writeAddress(reply, ip + 16, packet.source, 4);
    put16(reply, ip + 10, complement(sumBytes(reply, ip, ip + 20)));
  } else {
    reply[ip] = 0x60;
    put16(reply, ip + 4, reply.length - ip - 40);
    reply[ip + 6] = icmpOf(6);
    reply[ip + 7] = 64;
    writeAddress(reply, ip + 8, source, 6);
    writeAddress(reply, ip + 24, packet.source, 6);
  }
}
