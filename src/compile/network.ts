// network.ts - the part of the tables that is not about Services: the node, its ports, routes, addresses and ranges.

import type { Sections } from '../abi/abi.gen.js';
import {
  CidrKind,
  type CidrRow,
  LocalAddressFlag,
  type LocalAddressRow,
  NodeFlag,
  type NodeRow,
  PortKind,
  type PortRow,
  RouteKind,
  type RouteRow,
} from '../abi/abi.gen.js';
import { NONE } from '../abi/layout.js';
import { buildSlots } from '../image/hash.js';
import { isIPv6, mustAddress } from '../model/address.js';
import { conntrackTimeouts } from '../plan/config.js';
import type { Attachment, NodePlan, PlanRoute } from '../plan/plan.js';
import { cidrFields, macBytes } from './bytes.js';

type NetworkSections = Pick<Sections, 'NODE' | 'PORT' | 'ROUTE' | 'ROUTE_SLOT' | 'LOCAL_ADDRESS' | 'CIDR'>;

function nodeRow(plan: NodePlan, attachment: Attachment, serviceFlags: number): NodeRow {
  const own = (colon: boolean): Uint8Array => {
    const text = plan.node.nodeIPs.find((ip) => isIPv6(ip) === colon);
    return text === undefined ? new Uint8Array(16) : mustAddress(text).bytes;
  };
  const timeouts = conntrackTimeouts(plan.config);
  return {
    address4: own(false),
    address6: own(true),
    mac: macBytes(attachment.mac),
    flags:
      (attachment.router ? NodeFlag.ROUTER : 0) |
      (attachment.egressMasquerade ? NodeFlag.EGRESS_MASQUERADE : 0) |
      (plan.config.conntrackTCPBeLiberal ? NodeFlag.TCP_BE_LIBERAL : 0),
    nodeId: plan.node.id,
    snatPortFirst: attachment.snatPorts[0],
    snatPortLast: attachment.snatPorts[1],
    serviceFlags,
    tcpEstablishedSeconds: timeouts.established,
    tcpCloseWaitSeconds: timeouts.closeWait,
    udpSeconds: timeouts.udp,
    udpStreamSeconds: timeouts.udpStream,
  };
}

/** Who receives the node's own answers: the peer named by the attachment, or that of the routes if they agree. */
function uplinkPeer(attachment: Attachment, port: number): number {
  const named = attachment.ports[port]?.peer;
  if (named !== undefined) return named;
  const peers = new Set(attachment.routes.filter((route) => route.port === port).map((route) => route.nextHop));
  const [peer] = peers;
  return peers.size === 1 && peer !== undefined && peer >= 0 ? peer : NONE;
}

function portRows(attachment: Attachment): PortRow[] {
  return attachment.ports.map((port, i) => ({
    kind: PortKind[port.kind],
    mtu: port.mtu,
    mac: macBytes(port.mac),
    flags: 0,
    target: port.kind === 'UPLINK' ? (port.peer ?? uplinkPeer(attachment, i)) : NONE,
    id: port.id,
  }));
}

const compareBytes = (a: Uint8Array, b: Uint8Array): number => {
  for (const [i, value] of a.entries()) {
    const other = b[i] ?? 0;
    if (value !== other) return value - other;
  }
  return 0;
};

const routeRow = (route: PlanRoute): RouteRow => ({
  ...cidrFields(route.prefix),
  kind: RouteKind[route.kind],
  port: route.port < 0 ? NONE : route.port,
  nextHop: route.nextHop < 0 ? NONE : route.nextHop,
});

/** Longest prefix first. Of two routes with the same prefix, the first one given wins. */
function routeRows(attachment: Attachment): RouteRow[] {
  const rows = attachment.routes.map(routeRow);
  rows.sort((a, b) => b.prefixLength - a.prefixLength || compareBytes(a.prefix, b.prefix));
  return rows.filter((row, i) => {
    const before = rows[i - 1];
    return !before || before.prefixLength !== row.prefixLength || compareBytes(before.prefix, row.prefix) !== 0;
  });
}

/** Hash of the routes to single addresses: by far the most routes on a node with many pods. */
function routeSlots(rows: readonly RouteRow[], seed: number): { index: number }[] {
  const hosts = rows.filter((row) => row.prefixLength === 128);
  return buildSlots(
    hosts.map((row) => row.prefix),
    seed,
  );
}

function cidrRows(plan: NodePlan, attachment: Attachment): CidrRow[] {
  const rows = (cidrs: readonly string[], kind: CidrKind): CidrRow[] =>
    cidrs.map((text) => ({ ...cidrFields(text), kind }));
  return [
    ...rows(plan.localDetector, CidrKind.DETECT_LOCAL),
    ...rows(plan.serviceCIDRs, CidrKind.SERVICE),
    ...rows(attachment.egressKeep, CidrKind.EGRESS_KEEP),
  ];
}

function localAddressRows(plan: NodePlan): LocalAddressRow[] {
  return plan.localAddresses.map(({ address, nodePort }) => ({
    address: mustAddress(address).bytes,
    flags: nodePort ? LocalAddressFlag.NODE_PORT : 0,
  }));
}

/** Sections that are the same under every strategy. */
export function compileNetwork(
  plan: NodePlan,
  attachment: Attachment,
  serviceFlags: number,
  seed: number,
): NetworkSections {
  const routes = routeRows(attachment);
  return {
    NODE: [nodeRow(plan, attachment, serviceFlags)],
    PORT: portRows(attachment),
    ROUTE: routes,
    // Host routes sort first, so they are rows 0 to n-1 and the slots need no row list.
    ROUTE_SLOT: routeSlots(routes, seed),
    LOCAL_ADDRESS: localAddressRows(plan),
    CIDR: cidrRows(plan, attachment),
  };
}
