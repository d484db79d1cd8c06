// neighbour.ts - answers every neighbour solicitation with the node's own MAC (RFC 4861 §7.2.4).

import { PortKind, Reason } from '../../abi/abi.gen.js';
import { isUnspecified, put16, put32, sameBytes, u8 } from '../../wire/bytes.js';
import { complement, fold, pseudoHeaderSum, sumBytes } from '../../wire/checksum.js';
import { ETHERNET_BYTES, isNeighbourType, PROTOCOL } from '../../wire/headers.js';
import type { Outcome } from '../engine.js';
import type { IpHeader } from './packet.js';
import { answer, drop, type Passage } from './passage.js';

const SOLICITATION = 135;
const ADVERTISEMENT = 136;
const SOLICITED_OVERRIDE = 0x60000000;
const TARGET_LINK_LAYER_ADDRESS = 2;
const ADVERTISEMENT_BYTES = 32;

/** True if this is neighbour discovery as a neighbour sends it: nothing in between, hop limit untouched (RFC 4861 §7.1). [NEIGH-1] */
export function isNeighbourDiscovery(bytes: Uint8Array, header: IpHeader): boolean {
  return (
    header.protocol === PROTOCOL.ICMPV6 &&
    header.version === 6 &&
    !header.extended &&
    header.ttl === 255 &&
    header.end - header.l4 >= 8 &&
    isNeighbourType(u8(bytes, header.l4))
  );
}

export function answerNeighbour(passage: Passage, header: IpHeader): Outcome {
  const bytes = passage.frame.bytes;
  const { l4, source } = header;
  const target = bytes.slice(l4 + 8, l4 + 24);
  const asks = // [NEIGH-3]
    u8(bytes, l4) === SOLICITATION &&
    u8(bytes, l4 + 1) === 0 &&
    header.end - l4 >= 24 &&
    target[0] !== 0xff &&
    source[0] !== 0xff &&
    !isUnspecified(source) &&
    !sameBytes(source, target) &&
    passage.port.kind !== PortKind.UPLINK;
  if (!asks) return drop(passage, Reason.NEIGHBOUR_IGNORED);
  return answer(passage, Reason.NEIGHBOUR_ADVERTISEMENT, advertisement(passage, source, target));
}

/** [NEIGH-4] */
function advertisement(passage: Passage, asker: Uint8Array, target: Uint8Array): Uint8Array {
  const { mac } = passage.node;
  const ip = ETHERNET_BYTES;
  const icmp = ip + 40;
  const reply = new Uint8Array(icmp + ADVERTISEMENT_BYTES);
  reply.set(passage.frame.bytes.subarray(6, 12), 0);
  reply.set(mac, 6);
  put16(reply, 12, 0x86dd);
  reply[ip] = 0x60;
  put16(reply, ip + 4, ADVERTISEMENT_BYTES);
  reply[ip + 6] = PROTOCOL.ICMPV6;
  reply[ip + 7] = 255;
  reply.set(target, ip + 8);
  reply.set(asker, ip + 24);
  reply[icmp] = ADVERTISEMENT;
  put32(reply, icmp + 4, SOLICITED_OVERRIDE);
  reply.set(target, icmp + 8);
  reply[icmp + 24] = TARGET_LINK_LAYER_ADDRESS;
  reply[icmp + 25] = 1;
  reply.set(mac, icmp + 26);
  const pseudo = pseudoHeaderSum(target, asker, PROTOCOL.ICMPV6, ADVERTISEMENT_BYTES, 6);
  put16(reply, icmp + 2, complement(fold(pseudo + sumBytes(reply, icmp, reply.length))));
  return reply;
}
