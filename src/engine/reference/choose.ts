// choose.ts - chooses the endpoint for a new connection (native/law/choose.md, affinity.md).
import { type BackendRow, DecisionFlag, EndpointList, type ServiceRow } from '../../abi/abi.gen.js';
import { NONE } from '../../abi/layout.js';
import { type StrategySpec, strategySpec } from '../../abi/strategies.js';
import { hashKey } from '../../image/hash.js';
import { put16 } from '../../wire/bytes.js';
import { scale } from '../random.js';
import type { AffinityKey } from './affinity.js';
import type { Packet } from './packet.js';
import type { Passage } from './passage.js';

/** One endpoint list of a Service: a contiguous run of MEMBER rows. */
export interface List {
  readonly name: EndpointList;
  readonly first: number;
  readonly count: number;
}

/** Hash of the packet's tuple. It is the same for all packets of a connection in this direction. */
export function tupleHash(packet: Packet, seed: number): number {
  const key = new Uint8Array(40);
  key.set(packet.source, 0);
  key.set(packet.destination, 16);
  put16(key, 32, packet.tuple.sourcePort);
  put16(key, 34, packet.tuple.destinationPort);
  key[36] = packet.protocol;
  return hashKey(key, seed);
}

/** The endpoint in a BACKEND row. */
export function backendAt(passage: Passage, index: number): BackendRow {
  const backend = passage.tables.BACKEND[index];
  if (!backend) throw new RangeError(`the image has no BACKEND ${index}`);
  passage.decision.backend = index;
  return backend;
}

/** The endpoint at a position in MEMBER. */
export const backendOf = (passage: Passage, member: number): BackendRow =>
  backendAt(passage, passage.tables.MEMBER[member]?.index ?? NONE);

/** These strategies keep a list of clients per endpoint; the others keep one endpoint per client. */
const remembersByEndpoint = (passage: Passage): boolean =>
  strategySpec(passage.tables.strategy).affinity === 'endpoint';

/** Position in MEMBER of the endpoint that the client is bound to, or null. */
function recall(passage: Passage, packet: Packet, service: ServiceRow, list: List): number | null {
  const { tables, state, nowNs } = passage;
  const key: AffinityKey = { serviceId: service.id, client: packet.source, endpoint: 0 };
  const last = state.affinity.find(key, service.affinitySeconds, nowNs);
  for (let member = list.first; member < list.first + list.count; member++) {
    const endpoint = tables.BACKEND[tables.MEMBER[member]?.index ?? NONE]?.id ?? 0;
    const bound = remembersByEndpoint(passage)
      ? state.affinity.find({ ...key, endpoint }, service.affinitySeconds, nowNs) // [AFFINITY-4]
      : last;
    if (bound === endpoint) return member; // [AFFINITY-5]
  }
  return null;
}

/** Records that the client has a connection to the endpoint. [AFFINITY-7] */
export function remember(passage: Passage, client: Uint8Array, serviceId: number, backendId: number): void {
  const endpoint = remembersByEndpoint(passage) ? backendId : 0;
  passage.state.affinity.write({ serviceId, client, endpoint }, backendId, passage.nowNs);
}

/** iptables: tries each rule with probability 1/left, in xt_statistic's units of 2^-31; the last needs no draw. [CHOOSE-2] */
function cascade(passage: Passage, list: List): BackendRow {
  for (let i = 0; i < list.count - 1; i++) {
    const threshold = Math.round(2 ** 31 / (list.count - i));
    if ((passage.state.random.draw() & 0x7fffffff) < threshold) return backendOf(passage, list.first + i);
  }
  return backendOf(passage, list.first + list.count - 1);
}

/** One draw. [CHOOSE-1] */
const drawn = (passage: Passage, list: List): BackendRow =>
  backendOf(passage, list.first + scale(passage.state.random.draw(), list.count));

/** ebpf with rings: the slot selected by the tuple's hash. [CHOOSE-3] */
function ringSlot(passage: Passage, list: List, packet: Packet, service: ServiceRow): BackendRow {
  const { tables } = passage;
  if (service.ringCount === 0) return drawn(passage, list);
  const first = list.name === EndpointList.LOCAL ? service.localRingFirst : service.ringFirst;
  const slot = first + (tupleHash(packet, tables.hashSeed) % service.ringCount);
  return backendAt(passage, tables.RING[slot]?.index ?? NONE);
}

type Choose = (passage: Passage, list: List, packet: Packet, service: ServiceRow) => BackendRow;

const CHOICES: Readonly<Record<StrategySpec['choice'], Choose>> = { random: drawn, cascade, ring: ringSlot };

/** Picks from a non-empty list: the endpoint the client is bound to, else the strategy's choice. */
export function chooseEndpoint(passage: Passage, packet: Packet, service: ServiceRow, list: List): BackendRow {
  const { tables, decision } = passage;
  const member = service.affinitySeconds > 0 ? recall(passage, packet, service, list) : null;
  if (member !== null) {
    decision.flags |= DecisionFlag.AFFINITY; // [AFFINITY-6]
    return backendOf(passage, member);
  }
  return CHOICES[strategySpec(tables.strategy).choice](passage, list, packet, service);
}
