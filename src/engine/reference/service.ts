// service.ts - whether a new connection may use its Service, and which endpoint it gets (native/law/service.md).
import {
  BackendFlag,
  type BackendRow,
  CidrKind,
  EndpointList,
  FrontendFlag,
  FrontendKind,
  type FrontendRow,
  MasqueradeReason,
  NodeFlag,
  PortKind,
  Reason,
  ServiceFlag,
  ServiceModeFlag,
  type ServiceRow,
} from '../../abi/abi.gen.js';
import { NONE } from '../../abi/layout.js';
import { strategySpec } from '../../abi/strategies.js';
import type { TableSet } from '../../image/table.js';
import { inPrefix, sameBytes } from '../../wire/bytes.js';
import type { Outcome } from '../engine.js';
import { scale } from '../random.js';
import { backendAt, backendOf, chooseEndpoint, type List, tupleHash } from './choose.js';
import { type Ends, findFrontend, inCidr, judgeEnds } from './frontend.js';
import { chooseDestination } from './ipvs/choose.js';
import type { Destination } from './ipvs/destination.js';
import { isScheduled } from './ipvs/servers.js';
import type { Packet } from './packet.js';
import { drop, fromHost, type Passage } from './passage.js';
import { refuse } from './reply.js';

/** What to do with the first packet of a connection. */
export interface Intent {
  /** Reason recorded if the packet leaves; null = its route decides. */
  readonly reason: Reason | null;
  readonly masquerade: MasqueradeReason;
  /** The endpoint that becomes the destination. */
  readonly endpoint: BackendRow | null;
  /** Node address used for routing while the destination stays unchanged (SPREAD). */
  readonly via: Uint8Array | null;
  readonly service: ServiceRow | null;
  readonly backend: BackendRow | null;
  /** IPVS: the destination chosen by the virtual server. */
  readonly destination: Destination | null;
}

const UNTOUCHED: Intent = {
  reason: null,
  masquerade: MasqueradeReason.KEEP,
  endpoint: null,
  via: null,
  service: null,
  backend: null,
  destination: null,
};

/** Judges a NEW packet. */
export function judgeService(passage: Passage, packet: Packet): Intent | Outcome {
  const { tables, decision } = passage;
  const ends = judgeEnds(passage, packet);
  const index = findFrontend(tables, packet.tuple);
  const frontend = tables.FRONTEND[index];
  if (!frontend) return judgeWithoutFrontend(passage, packet, ends);
  decision.frontend = index;
  decision.service = frontend.service;
  if (frontend.kind === FrontendKind.HEALTH_CHECK) return { ...UNTOUCHED, reason: Reason.HEALTH_CHECK }; // [SERVICE-9]
  const service = tables.SERVICE[frontend.service];
  if (!service) return judgeWithoutFrontend(passage, packet, ends);
  if (frontend.kind === FrontendKind.SPREAD) return spread(passage, packet, service);
  if (frontend.kind === FrontendKind.PROXY) return proxy(passage, packet, frontend, service);
  return serve(passage, packet, frontend, service, ends);
}

function judgeWithoutFrontend(passage: Passage, packet: Packet, ends: Ends): Intent | Outcome {
  const { tables, node } = passage;
  const mode = node.serviceFlags;
  if (!ends.destinationIsLocal) {
    const isVirtual = tables.CLUSTER_IP_SLOT.some(
      // [IMAGE-1]
      ({ index }) =>
        index !== NONE && sameBytes(tables.FRONTEND[index]?.address ?? new Uint8Array(), packet.destination),
    );
    const rejects = (mode & ServiceModeFlag.REJECT_UNKNOWN_PORT) !== 0;
    if (isVirtual && rejects) return refuse(passage, packet, Reason.UNKNOWN_SERVICE_PORT); // [SERVICE-5]
  }
  if ((node.flags & NodeFlag.ROUTER) !== 0) return UNTOUCHED; // [SERVICE-6]
  if (!ends.destinationIsLocal) {
    const dropsUnallocated = (mode & ServiceModeFlag.DROP_UNALLOCATED) !== 0;
    if (dropsUnallocated && inCidr(tables, packet.destination, CidrKind.SERVICE)) {
      return drop(passage, Reason.UNALLOCATED_SERVICE_ADDRESS); // [SERVICE-7]
    }
  }
  const leavesCluster = // [SERVICE-8]
    (node.flags & NodeFlag.EGRESS_MASQUERADE) !== 0 &&
    passage.port.kind === PortKind.POD &&
    !ends.destinationIsLocal &&
    !inCidr(tables, packet.destination, CidrKind.EGRESS_KEEP);
  return leavesCluster ? { ...UNTOUCHED, masquerade: MasqueradeReason.EGRESS } : UNTOUCHED;
}

/** Load balancer: hashes the tuple to choose a node, so a connection always reaches the same one. [SERVICE-10] */
function spread(passage: Passage, packet: Packet, service: ServiceRow): Intent | Outcome {
  const { tables, decision } = passage;
  decision.list = EndpointList.CLUSTER;
  decision.choices = service.clusterCount;
  if (service.clusterCount === 0) return drop(passage, Reason.NO_LOCAL_ENDPOINTS);
  const chosen = service.clusterFirst + scale(tupleHash(packet, tables.hashSeed), service.clusterCount);
  const backend = backendOf(passage, chosen);
  return { ...UNTOUCHED, reason: Reason.SPREAD, via: backend.address, service, backend };
}

/** Load balancer that ends connections: its own goes to the NodePort of a node, chosen as for SPREAD. [SERVICE-21] */
function proxy(passage: Passage, packet: Packet, frontend: FrontendRow, service: ServiceRow): Intent | Outcome {
  const isFiltered = (frontend.flags & FrontendFlag.FIREWALL) !== 0;
  if (isFiltered && !inSourceRanges(passage.tables, service, packet)) return drop(passage, Reason.SOURCE_RANGE);
  if (service.clusterCount === 0) return refuse(passage, packet, Reason.NO_ENDPOINTS);
  const { backend: endpoint, ...intent } = spread(passage, packet, service) as Intent;
  const own = { reason: Reason.PROXIED, masquerade: MasqueradeReason.PROXY };
  return { ...intent, ...own, backend: endpoint, endpoint, via: null };
}

function serve(
  passage: Passage,
  packet: Packet,
  frontend: FrontendRow,
  service: ServiceRow,
  ends: Ends,
): Intent | Outcome {
  const { node } = passage;
  const mode = node.serviceFlags;
  const filtered = (frontend.flags & FrontendFlag.FIREWALL) !== 0 && !inSourceRanges(passage.tables, service, packet); // [SERVICE-11]
  if (filtered && (mode & ServiceModeFlag.FIREWALL_FIRST) !== 0) return drop(passage, Reason.SOURCE_RANGE);
  if ((service.flags & ServiceFlag.HAS_ENDPOINTS) === 0) {
    const isExternal = frontend.kind === FrontendKind.EXTERNAL_IP || frontend.kind === FrontendKind.LOAD_BALANCER;
    const skips = (mode & ServiceModeFlag.NODE_SKIPS_EXTERNAL_REJECT) !== 0;
    if (skips && isExternal && fromHost(passage) && !ends.destinationIsLocal) return UNTOUCHED; // [SERVICE-13]
    return refuse(passage, packet, Reason.NO_ENDPOINTS); // [SERVICE-12]
  }
  if (filtered) return drop(passage, Reason.SOURCE_RANGE);
  const list = chooseList(passage, frontend, service, ends);
  passage.decision.list = list.name;
  passage.decision.choices = list.count;
  if (list.count === 0) return drop(passage, Reason.NO_LOCAL_ENDPOINTS);
  const isHostPort = frontend.kind === FrontendKind.HOST_PORT;
  const scheduled = hasServers(passage) && isScheduled(service) && !isHostPort;
  const server = scheduled ? passage.state.servers.find(packet.tuple) : null;
  const destination = server && chooseDestination(passage, packet, service, server);
  if (server && !destination) return refuse(passage, packet, Reason.NO_ENDPOINTS); // [IPVS-5]
  const endpoint = destination ? backendAt(passage, destination.id) : chooseEndpoint(passage, packet, service, list); // [SERVICE-17]
  const masquerade = masqueradeReason(passage, packet, frontend, service, endpoint, ends);
  return { reason: Reason.SERVICE, masquerade, endpoint, via: null, service, backend: endpoint, destination };
}

/** Has the node virtual servers? One serves all clients alike: there is no short cut for the node's own, and no mark. */
const hasServers = ({ tables }: Passage): boolean => strategySpec(tables.strategy).servers;

const inSourceRanges = (tables: TableSet, service: ServiceRow, packet: Packet): boolean =>
  tables.SOURCE_RANGE.slice(service.sourceRangeFirst, service.sourceRangeFirst + service.sourceRangeCount).some((row) =>
    inPrefix(packet.source, row.prefix, row.prefixLength),
  );

function chooseList(passage: Passage, frontend: FrontendRow, service: ServiceRow, ends: Ends): List {
  const cluster: List = { name: EndpointList.CLUSTER, first: service.clusterFirst, count: service.clusterCount };
  const local: List = { name: EndpointList.LOCAL, first: service.localFirst, count: service.localCount };
  // An IPVS virtual server has one list for all clients. [SERVICE-15]
  const hasShortcut = !hasServers(passage) && (ends.sourceIsPod || ends.sourceIsNode);
  const wantsLocal = // [SERVICE-14]
    frontend.kind === FrontendKind.CLUSTER_IP
      ? (service.flags & ServiceFlag.INTERNAL_LOCAL) !== 0
      : (service.flags & ServiceFlag.EXTERNAL_LOCAL) !== 0 && !hasShortcut;
  if (!wantsLocal) return cluster;
  const fallsBack = (passage.node.serviceFlags & ServiceModeFlag.LOCAL_FALLS_BACK) !== 0;
  return local.count === 0 && fallsBack ? cluster : local; // [SERVICE-16]
}

function masqueradeReason(
  passage: Passage,
  packet: Packet,
  frontend: FrontendRow,
  service: ServiceRow,
  endpoint: BackendRow,
  ends: Ends,
): MasqueradeReason {
  const mode = passage.node.serviceFlags;
  if (frontend.kind === FrontendKind.HOST_PORT) {
    if (!inSourceRanges(passage.tables, service, packet)) return MasqueradeReason.KEEP; // [SERVICE-22]
    return ends.sourceIsNode ? MasqueradeReason.LOCAL_SOURCE : MasqueradeReason.HAIRPIN;
  }
  if (frontend.kind === FrontendKind.CLUSTER_IP) {
    if ((mode & ServiceModeFlag.MASQUERADE_ALL) !== 0) return MasqueradeReason.MASQUERADE_ALL;
    if (ends.hasDetector && !ends.sourceIsPod) return MasqueradeReason.OFF_CLUSTER; // [SERVICE-18]
  } else if ((service.flags & ServiceFlag.EXTERNAL_LOCAL) === 0) {
    return MasqueradeReason.EXTERNAL_CLUSTER;
  } else if (!ends.sourceIsPod && ends.sourceIsNode && !hasServers(passage)) {
    // IPVS accepts policy Local before it marks (KUBE-LOAD-BALANCER-LOCAL, KUBE-NODE-PORT-LOCAL-TCP …), for any sender.
    return MasqueradeReason.LOCAL_SOURCE; // [SERVICE-19]
  }
  const onlyLocal = (mode & ServiceModeFlag.HAIRPIN_LOCAL_ONLY) !== 0;
  const isItself = sameBytes(packet.source, endpoint.address); // [SERVICE-20]
  const counts = !onlyLocal || (endpoint.flags & BackendFlag.LOCAL) !== 0;
  return isItself && counts ? MasqueradeReason.HAIRPIN : MasqueradeReason.KEEP;
}
