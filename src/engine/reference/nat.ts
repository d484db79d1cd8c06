// nat.ts - chooses source addresses and ports for new flows, and rewrites frames and their checksums (native/law/nat.md).

import { MasqueradeReason, Reason } from '../../abi/abi.gen.js';
import { addressWords, isUnspecified, put16, sameBytes, u16, type Version, writeAddress } from '../../wire/bytes.js';
import {
  type Change,
  joinChanges,
  NO_CHANGE,
  sctpChecksum,
  updateChecksum,
  updatePartial,
} from '../../wire/checksum.js';
import { checksumOffset, PROTOCOL } from '../../wire/headers.js';
import type { Offload } from '../engine.js';
import { scale } from '../random.js';
import { reverse, sameTuple } from './flow.js';
import { hasPorts, type IpHeader, type Packet, type Tuple } from './packet.js';
import type { Passage } from './passage.js';

const TRIES = 128;
/** RFC 4620. */
const NODE_INFORMATION = 139;

/** The destination chosen by the service stage. */
export interface Destination {
  readonly address: Uint8Array;
  readonly port: number;
}

/** The tuple with which a flow's first packet leaves, or why there is none. Sets Decision.masquerade on a clash. */
export function chooseSource(
  passage: Passage,
  packet: Packet,
  destination: Destination,
  masquerade: MasqueradeReason,
): Tuple | Reason {
  const plain: Tuple = { ...packet.tuple, destination: destination.address, destinationPort: destination.port };
  const isTaken = (leaving: Tuple): boolean => passage.state.flows.find(reverse(leaving), passage.nowNs) !== null;
  let source = packet.source;
  if (masquerade !== MasqueradeReason.KEEP) {
    source = packet.version === 4 ? passage.node.address4 : passage.node.address6;
    if (isUnspecified(source)) return Reason.NAT_PORTS_EXHAUSTED; // [NAT-1]
  } else {
    if (!isTaken(plain)) return plain;
    passage.decision.masquerade = MasqueradeReason.PORT_CLASH; // [NAT-2]
  }
  const isFree = (leaving: Tuple): boolean => !isTaken(leaving) && !sameTuple(reverse(leaving), packet.tuple);
  if (!hasPorts(packet.tuple)) {
    // [NAT-4]
    const only = { ...plain, source };
    return masquerade !== MasqueradeReason.KEEP && isFree(only) ? only : Reason.NAT_PORTS_EXHAUSTED;
  }
  const { snatPortFirst, snatPortLast } = passage.node;
  const count = snatPortLast - snatPortFirst + 1;
  const start = scale(passage.state.random.draw(), count); // [NAT-3]
  for (let i = 0; i < Math.min(count, TRIES); i++) {
    const candidate = { ...plain, source, sourcePort: snatPortFirst + ((start + i) % count) };
    if (isFree(candidate)) return candidate;
  }
  return Reason.NAT_PORTS_EXHAUSTED;
}

function addressChange(from: Uint8Array, to: Uint8Array, version: Version): Change {
  if (sameBytes(from, to)) return NO_CHANGE;
  return { removed: addressWords(from, version), added: addressWords(to, version) };
}

const wordChange = (from: number, to: number): Change => (from === to ? NO_CHANGE : { removed: [from], added: [to] });

/** Rewrites both addresses of an IP header and, for IPv4, its checksum. Returns the change for a pseudo-header. */
function rewriteAddresses(bytes: Uint8Array, header: IpHeader, to: Tuple): Change {
  const { version, at } = header;
  const change = joinChanges(
    addressChange(header.source, to.source, version),
    addressChange(header.destination, to.destination, version),
  );
  writeAddress(bytes, at + (version === 4 ? 12 : 8), to.source, version);
  writeAddress(bytes, at + (version === 4 ? 16 : 24), to.destination, version);
  if (version === 4) put16(bytes, at + 10, updateChecksum(u16(bytes, at + 10), change));
  return change;
}

/** Rewrites the ports (of an ICMP query, the identifier) in an upper-layer header. Returns what changed. */
function rewritePorts(bytes: Uint8Array, header: IpHeader, from: Tuple, to: Tuple): Change {
  const { l4 } = header;
  const source = wordChange(from.sourcePort, to.sourcePort);
  const destination = wordChange(from.destinationPort, to.destinationPort);
  if (from.query) {
    if (from.query.type === NODE_INFORMATION) return NO_CHANGE; // [NAT-14]
    const identifier = from.query.isAnswer ? destination : source;
    if (identifier !== NO_CHANGE) put16(bytes, l4 + 4, from.query.isAnswer ? to.destinationPort : to.sourcePort);
    return identifier;
  }
  if (source !== NO_CHANGE) put16(bytes, l4, to.sourcePort);
  if (destination !== NO_CHANGE) put16(bytes, l4 + 2, to.destinationPort);
  return joinChanges(source, destination);
}

/**
 * Rewrites a packet in place to another tuple and updates its checksums incrementally: a checksum that was wrong
 * before stays wrong by the same amount. For a later fragment only the IP header is changed.
 */
export function rewritePacket(bytes: Uint8Array, packet: Packet, to: Tuple, offload: Offload): void {
  const addresses = rewriteAddresses(bytes, packet, to);
  if (packet.fragment === 'later') return; // [FRAG-6]
  const ports = rewritePorts(bytes, packet, packet.tuple, to);
  const { l4, protocol, version, end } = packet;
  if (protocol === PROTOCOL.SCTP) {
    const recomputes = ports.removed.length > 0 && packet.fragment === 'none' && !offload.needsChecksum; // [NAT-13]
    if (recomputes) writeCrc(bytes, l4, end);
    return;
  }
  const offset = checksumOffset(protocol, version);
  if (offset < 0) return;
  const pseudo = protocol === PROTOCOL.ICMP ? NO_CHANGE : addresses; // [NAT-12]
  const field = l4 + offset;
  if (offload.needsChecksum)
    put16(bytes, field, updatePartial(u16(bytes, field), pseudo)); // [NAT-11]
  else carryChecksum(bytes, field, protocol, version, joinChanges(pseudo, ports));
}

const writeCrc = (bytes: Uint8Array, l4: number, end: number): void =>
  new DataView(bytes.buffer, bytes.byteOffset).setUint32(l4 + 8, sctpChecksum(bytes, l4, end), true);

/** Updates a complete checksum field. For UDP, 0 means "none" in IPv4 and is never the result of a computation. */
function carryChecksum(bytes: Uint8Array, field: number, protocol: number, version: Version, change: Change): void {
  const before = u16(bytes, field);
  if (change.removed.length === 0 || (protocol === PROTOCOL.UDP && version === 4 && before === 0)) return;
  const after = updateChecksum(before, change);
  put16(bytes, field, protocol === PROTOCOL.UDP && after === 0 ? 0xffff : after); // [NAT-10]
}

/** Rewrites only the outer addresses of an ICMP error; the caller updates the ICMP checksum. Returns the change. */
export const rewriteOuter = (bytes: Uint8Array, packet: Packet, to: Tuple): Change =>
  rewriteAddresses(bytes, packet, to);

/** Rewrites the packet that an ICMP error quotes; of its upper layer only what is there, and only checksums that are meant. [ICMP-6] */
export function rewriteEmbedded(bytes: Uint8Array, header: IpHeader, from: Tuple, to: Tuple, rewrites: boolean): void {
  const addresses = rewriteAddresses(bytes, header, to);
  const ports = rewritePorts(bytes, header, from, to);
  const { l4, protocol, version, end } = header;
  if (protocol === PROTOCOL.SCTP && rewrites && l4 + 12 <= end) writeCrc(bytes, l4, end);
  const offset = checksumOffset(protocol, version);
  if (offset < 0 || l4 + offset + 2 > end) return;
  if (protocol === PROTOCOL.UDP && u16(bytes, l4 + offset) === 0) return;
  const pseudo = protocol === PROTOCOL.ICMP ? NO_CHANGE : addresses;
  carryChecksum(bytes, l4 + offset, protocol, version, joinChanges(pseudo, ports));
}
