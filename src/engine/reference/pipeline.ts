// pipeline.ts - one frame through all stages, in the order of native/README.md. Read this file first.

import { DecisionFlag, FlowState, MasqueradeReason, NodeFlag, PortKind, Reason, TcpState } from '../../abi/abi.gen.js';
import { NONE } from '../../abi/layout.js';
import { isUnspecified, swap16, u16, type Version } from '../../wire/bytes.js';
import { ETHERNET_BYTES, isIcmpError, isNeighbourType, PROTOCOL } from '../../wire/headers.js';
import type { Outcome } from '../engine.js';
import { answerArp } from './arp.js';
import { remember } from './choose.js';
import type { Tracked } from './conntrack.js';
import { begin, stateOf, track } from './conntrack.js';
import { changesDestination, changesSource, type Flow, reverse, rewritten } from './flow.js';
import { relate } from './icmp.js';
import { bindClient } from './ipvs/choose.js';
import { beginCount } from './ipvs/counting.js';
import { chooseSource, type Destination, rewritePacket } from './nat.js';
import { answerNeighbour, isNeighbourDiscovery } from './neighbour.js';
import type { IpHeader, Packet, Tuple } from './packet.js';
import { type Ports, parseIp4, parseIp6, readPorts, upperLayerIsSound } from './parse.js';
import { drop, isOutcome, type Passage } from './passage.js';
import { judgeRoute, loops, type Route } from './route.js';
import { forwardUntouched, plainReason, send } from './send.js';
import { type Intent, judgeService } from './service.js';
import { checksumIsGood } from './verify.js';

const ARP = 0x0806;
const IPV4 = 0x0800;
const IPV6 = 0x86dd;

export function runFrame(passage: Passage): Outcome {
  const { bytes } = passage.frame;
  if (bytes.length < ETHERNET_BYTES) return drop(passage, Reason.MALFORMED_ETHERNET); // [FRAME-3]
  const type = u16(bytes, 12);
  if (type === ARP) return answerArp(passage);
  if (type !== IPV4 && type !== IPV6) return drop(passage, Reason.UNKNOWN_ETHERTYPE); // [FRAME-4]
  const header = type === IPV4 ? parseIp4(bytes, passage.offload) : parseIp6(bytes, passage.offload);
  if (typeof header === 'number') return drop(passage, header);
  if (isNeighbourDiscovery(bytes, header)) return answerNeighbour(passage, header);
  const wrong = judgeAddresses(passage, header);
  if (wrong !== null) return drop(passage, wrong);
  const packet = readPacket(passage, header);
  if (typeof packet === 'number') return drop(passage, packet);
  if (packet.version === 6 && packet.protocol === PROTOCOL.ICMPV6 && isNeighbourType(packet.icmpType)) {
    return drop(passage, Reason.NEIGHBOUR_IGNORED); // [NEIGH-2]
  }
  if (isIcmpError(packet.version, packet.protocol, packet.icmpType)) {
    return packet.fragment === 'none'
      ? relate(passage, packet)
      : forwardUntouched(passage, packet, Reason.INVALID_STATE); // [ICMP-1]
  }
  const isRouter = (passage.node.flags & NodeFlag.ROUTER) !== 0;
  const isJudged = passage.port.kind !== PortKind.HOST && !isRouter;
  if (isJudged && !checksumIsGood(bytes, packet, passage.offload)) {
    return forwardUntouched(passage, packet, Reason.BAD_L4_CHECKSUM); // [TRACK-22]
  }
  return runTracked(passage, packet, track(passage, packet));
}

/** Rejects addresses that may not be sent from or to, then unroutable ones. Null if both are ordinary. */
function judgeAddresses(passage: Passage, header: IpHeader): Reason | null {
  const { source, destination, version } = header;
  const ownBusiness = passage.port.kind === PortKind.HOST;
  for (const address of [source, destination]) {
    if (isUnspecified(address)) return Reason.MARTIAN; // [PARSE-8]
    if (isLoopback(address, version) && !ownBusiness) return Reason.MARTIAN; // [PARSE-9]
    if (version === 6 && isMapped(address)) return Reason.MARTIAN;
  }
  if (isMulticast(source, version) || isBroadcast(source, version)) return Reason.MARTIAN;
  if (isLinkLocal(source, version) || isLinkLocal(destination, version)) return Reason.MULTICAST;
  if (isMulticast(destination, version) || isBroadcast(destination, version)) return Reason.MULTICAST; // [PARSE-10]
  return null;
}

const isLoopback = (a: Uint8Array, version: Version): boolean =>
  version === 4 ? a[12] === 127 : a.every((value, i) => value === (i === 15 ? 1 : 0));
const isMulticast = (a: Uint8Array, version: Version): boolean =>
  version === 4 ? (u16(a, 12) & 0xf000) === 0xe000 : a[0] === 0xff;
const isBroadcast = (a: Uint8Array, version: Version): boolean =>
  version === 4 && a.subarray(12).every((value) => value === 0xff);
const isLinkLocal = (a: Uint8Array, version: Version): boolean => version === 6 && (u16(a, 0) & 0xffc0) === 0xfe80;
const isMapped = (a: Uint8Array): boolean => a.every((v, i) => i > 11 || v === (i > 9 ? 0xff : 0));

/** The upper-layer header, or for later fragments what the first fragment recorded. */
function readPacket(passage: Passage, header: IpHeader): Packet | Reason {
  const { bytes } = passage.frame;
  const { fragments } = passage.state;
  if (header.fragment === 'later') {
    const record = fragments.find(header, passage.nowNs);
    if (!record) return Reason.FRAGMENT_UNKNOWN; // [FRAG-5]
    return makePacket({ ...header, protocol: record.protocol }, record, 0);
  }
  if (!upperLayerIsSound(bytes, header, passage.offload)) return Reason.MALFORMED_L4;
  const ports = readPorts(bytes, header);
  if (header.fragment === 'first') fragments.record(header, ports, passage.nowNs); // [FRAG-1]
  const tcpFlags = header.protocol === PROTOCOL.TCP ? (bytes[header.l4 + 13] ?? 0) : 0;
  return makePacket(header, ports, tcpFlags);
}

function makePacket(header: IpHeader, ports: Ports, tcpFlags: number): Packet {
  const { source, destination, protocol } = header;
  const { sourcePort, destinationPort, query, icmpType } = ports;
  const tuple = { source, destination, protocol, sourcePort, destinationPort, query };
  return { ...header, tuple, icmpType, tcpFlags };
}

function runTracked(passage: Passage, packet: Packet, tracked: Tracked): Outcome {
  if (tracked.kind === 'untracked') return forwardUntouched(passage, packet);
  if (tracked.kind === 'invalid') return forwardUntouched(passage, packet, Reason.INVALID_STATE); // [TRACK-3] [TRACK-4]
  if (tracked.kind === 'known') return runKnown(passage, packet, tracked);
  passage.decision.state = FlowState.NEW;
  const intent = judgeService(passage, packet);
  return isOutcome(intent) ? intent : runNew(passage, packet, intent);
}

const changesTuple = (from: Tuple, to: Tuple): boolean => changesDestination(from, to) || changesSource(from, to);

/** Rewrites and sends a packet of a known flow. The flow has already been updated. */
function runKnown(passage: Passage, packet: Packet, known: Tracked & { kind: 'known' }): Outcome {
  const { flow, direction } = known;
  const leaving = rewritten(flow, direction);
  passage.decision.state = stateOf(direction);
  const towards = direction === 'ORIGINAL' && flow.via ? flow.via : leaving.destination;
  const route = judgeRoute(passage, packet, towards, changesDestination(packet.tuple, leaving));
  if (isOutcome(route)) return route;
  if (loops(passage, route, changesTuple(packet.tuple, leaving))) return drop(passage, Reason.SOURCE_LOOP);
  return rewriteAndSend(passage, packet, leaving, route, Reason.ESTABLISHED); // [TRACK-2]
}

const movedTo = ({ tuple }: Packet, { address, port }: Destination): Tuple => ({
  ...tuple,
  destination: address,
  destinationPort: port,
});

/** Routes, picks the source and sends the first packet of a connection. */
function runNew(passage: Passage, packet: Packet, intent: Intent): Outcome {
  const { endpoint, via, masquerade } = intent;
  const isForeign = !via && !endpoint;
  if ((passage.node.flags & NodeFlag.ROUTER) !== 0 && isForeign) return forwardUntouched(passage, packet); // [SERVICE-6]
  passage.decision.masquerade = masquerade;
  const destination: Destination = endpoint
    ? { address: endpoint.address, port: swap16(endpoint.port_be) }
    : { address: packet.destination, port: packet.tuple.destinationPort };
  const moves = changesDestination(packet.tuple, movedTo(packet, destination));
  const route = judgeRoute(passage, packet, via ?? destination.address, moves);
  if (isOutcome(route)) return route;
  const reason = intent.reason ?? plainReason(route);
  return openFlow(passage, packet, intent, destination, route, reason);
}

/** [NAT-5] */
function openFlow(
  passage: Passage,
  packet: Packet,
  intent: Intent,
  destination: Destination,
  route: Route,
  reason: Reason,
): Outcome {
  const { state, decision, nowNs } = passage;
  const { service, backend } = intent;
  const moved = movedTo(packet, destination);
  const keeps = intent.masquerade === MasqueradeReason.KEEP && state.flows.find(reverse(moved), nowNs) === null;
  if (keeps && loops(passage, route, changesTuple(packet.tuple, moved))) return drop(passage, Reason.SOURCE_LOOP);
  const leaving = chooseSource(passage, packet, destination, intent.masquerade);
  if (typeof leaving === 'number') return drop(passage, leaving);
  const flow: Flow = {
    original: packet.tuple,
    reply: reverse(leaving),
    via: intent.via,
    serviceId: service?.id ?? NONE,
    backendId: backend?.id ?? NONE,
    tcpState: TcpState.NONE,
    seenReply: false,
    assured: false,
    expiresNs: 0n,
    begunNs: nowNs,
    packets: 0n,
    bytes: 0n,
    tcp: null,
    sctp: null,
    streamNs: 0n,
    count: null,
  };
  if (!state.flows.add(flow)) return drop(passage, Reason.FLOW_TABLE_FULL);
  begin(passage, flow, packet); // [FRAME-7]
  decision.flags |= DecisionFlag.FLOW_CREATED;
  if (intent.destination && service) {
    beginCount(flow, intent.destination, bindClient(passage, packet, service, intent.destination));
  } else if (service && backend && service.affinitySeconds > 0) {
    remember(passage, packet.source, service.id, backend.id);
  }
  return rewriteAndSend(passage, packet, leaving, route, reason);
}

function rewriteAndSend(passage: Passage, packet: Packet, leaving: Tuple, route: Route, reason: Reason): Outcome {
  const bytes = passage.frame.bytes.slice(0, packet.end); // [PARSE-4]
  if (changesDestination(packet.tuple, leaving)) passage.decision.flags |= DecisionFlag.DNAT; // [NAT-7]
  if (changesSource(packet.tuple, leaving)) passage.decision.flags |= DecisionFlag.SNAT;
  rewritePacket(bytes, packet, leaving, passage.offload);
  return send(passage, packet, bytes, route, reason);
}
