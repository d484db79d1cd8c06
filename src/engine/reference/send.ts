// send.ts - the last step of a route: TTL, Ethernet addresses, output. Also forwards packets for which no flow is kept.
import { FlowState, Reason, ServiceModeFlag } from '../../abi/abi.gen.js';
import { put16, u8, u16 } from '../../wire/bytes.js';
import { updateChecksum } from '../../wire/checksum.js';
import type { Outcome } from '../engine.js';
import type { Packet } from './packet.js';
import { drop, forward, isOutcome, type Passage } from './passage.js';
import { judgeRoute, loops, type Route } from './route.js';

/** Sends a frame whose IP packet is complete except for the TTL. */
export function send(passage: Passage, packet: Packet, bytes: Uint8Array, route: Route, reason: Reason): Outcome {
  if (route.isHop) decrementTtl(bytes, packet);
  const mac = passage.tables.PORT[route.port]?.mac;
  if (mac) bytes.set(mac, 0); // [FRAME-6]
  bytes.set(passage.node.mac, 6);
  return forward(passage, reason, bytes, route);
}

function decrementTtl(bytes: Uint8Array, packet: Packet): void {
  if (packet.version === 6) {
    bytes[packet.at + 7] = packet.ttl - 1;
    return;
  }
  const word = u16(bytes, packet.at + 8);
  bytes[packet.at + 8] = u8(bytes, packet.at + 8) - 1;
  const change = { removed: [word], added: [word - 0x100] };
  put16(bytes, packet.at + 10, updateChecksum(u16(bytes, packet.at + 10), change));
}

/** The reason for a packet that no Service rule touches. [ROUTE-9] */
export const plainReason = (route: Route): Reason => (route.local ? Reason.LOCAL_DELIVERY : Reason.FORWARDED);

/**
 * Forwards by destination alone, without connection tracking.
 * @param invalid drop reason for a packet that connection tracking calls INVALID. A rule against such packets only
 * sees forwarded ones, after they have a route
 * [TRACK-5] */
export function forwardUntouched(passage: Passage, packet: Packet, invalid?: Reason): Outcome {
  passage.decision.state = FlowState.UNTRACKED;
  const route = judgeRoute(passage, packet, packet.destination);
  if (isOutcome(route)) return route;
  if (invalid !== undefined && route.isHop && (passage.node.serviceFlags & ServiceModeFlag.DROPS_INVALID) !== 0) {
    passage.decision.state = FlowState.INVALID; // [TRACK-6]
    return drop(passage, invalid);
  }
  if (loops(passage, route, false)) return drop(passage, Reason.SOURCE_LOOP);
  return send(passage, packet, passage.frame.bytes.slice(0, packet.end), route, plainReason(route));
}
