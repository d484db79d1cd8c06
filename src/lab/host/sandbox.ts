// sandbox.ts - one machine of the emulated network: a network namespace with an interface, addresses and routes.
import { closeSync, openSync } from 'node:fs';
import { formatCidr, isIPv6, mustAddress, parseCidr } from '../../model/address.js';
import { Fault } from '../../model/fault.js';
import { LOOPBACK } from '../../topology/attachment.js';
import { gatewayOf, linkOf } from '../../topology/topology.js';
import type { ClientSockets } from '../check/client.js';
import type { SocketMaker } from '../pods/sockets.js';
import {
  configureInterface,
  createNamespace,
  createTap,
  divertOwnAddresses,
  listenTcp,
  type Namespace,
  type OwnWay,
  socketUdp,
  type Tap,
  tcpSocket,
} from './host.js';

/** The only interface of every machine besides lo. */
export const INTERFACE = 'eth0';

export interface SandboxSpec {
  readonly mac: string;
  readonly mtu: number;
  readonly offloads: boolean;
  readonly addresses: readonly string[];
  /** Ranges that contain the addresses. If none matches, the /24 or /64 around the address is used. */
  readonly ranges: readonly string[];
  /** For a node: packets to its own addresses also pass through its Services. */
  readonly divert: boolean;
}

export interface Sandbox extends SocketMaker, ClientSockets {
  readonly namespace: Namespace;
  /** `/proc/<pid>/fd/<n>`: the path that setns and nsenter take. */
  readonly path: string;
  /** Releases the namespace. It ends with its last process and socket. */
  close(): void;
}

interface TapSandbox extends Sandbox {
  /** The other end of eth0. Whoever attaches it to the dataplane owns its file descriptor. */
  readonly tap: Tap;
}

const familyOf = (address: string): 4 | 6 => (isIPv6(address) ? 6 : 4);

/** An address of a machine, and the gateway for everything that leaves it. */
export interface Link {
  readonly address: string;
  /** `address/length` of the network around it. */
  readonly cidr: string;
  readonly gateway: string;
}

/** @param ranges the one of the address' family is its network, else the /24 or /64 around the address */
export function linkFor(address: string, ranges: readonly string[]): Link {
  const own = mustAddress(address);
  const range = ranges.map(parseCidr).find((cidr) => cidr !== null && cidr.family === own.family) ?? linkOf(address);
  return { address, cidr: formatCidr({ ...range, address: own }), gateway: gatewayOf(range, address) };
}

/** Makes the interface of a machine, still down; returns the other end. */
export type Connector = (namespace: Namespace, spec: SandboxSpec) => Tap;

/** The interface is a TAP itself. */
const ownTap: Connector = (namespace, { mac, mtu, offloads }) =>
  createTap(namespace, { name: INTERFACE, mac, mtu, offloads });

/** Gives a namespace its interface with addresses and default routes. Throws on failure. */
export function addInterface(namespace: Namespace, spec: SandboxSpec, connect: Connector = ownTap): Tap {
  const tap = connect(namespace, spec);
  const links = spec.addresses.map((address) => linkFor(address, spec.ranges));
  configureInterface(namespace, INTERFACE, {
    up: true,
    addresses: links.map((link) => link.cidr),
    routes: links.map((link) => ({ prefix: familyOf(link.address) === 4 ? '0.0.0.0/0' : '::/0', via: link.gateway })),
  });
  if (spec.divert) {
    const ways = links.map(({ address, gateway }) => ({ address, via: gateway, source: address }));
    divertOwnAddresses(namespace, INTERFACE, [...ways, ...loopbackWays(links)]);
  }
  return tap;
}

/** Creates the namespace and its interface. Throws on failure, leaving nothing behind. */
export function createSandbox(spec: SandboxSpec, connect?: Connector): TapSandbox {
  const namespace = createNamespace();
  try {
    return { ...sandboxOf(namespace), tap: addInterface(namespace, spec, connect) };
  } catch (error) {
    namespace.close();
    throw error;
  }
}

/**
 * 127.0.0.1 leads through the node's dataplane, too: kube-proxy's iptables rules answer NodePorts there. For ::1 no mode
 * does, so it stays on lo.
 */
function loopbackWays(links: readonly Link[]): OwnWay[] {
  const [address] = LOOPBACK;
  return links
    .filter((link) => familyOf(link.address) === 4)
    .slice(0, 1)
    .map(({ gateway }) => ({ address, via: gateway, source: address }));
}

const anyPort = (family: 'IPv4' | 'IPv6') =>
  family === 'IPv4'
    ? ({ family: 4, address: '0.0.0.0', port: 0 } as const)
    : ({ family: 6, address: '::', port: 0 } as const);

/** Creates sockets inside a namespace of this lab or of another process. */
export function socketsOf(namespace: Namespace): SocketMaker & ClientSockets {
  return {
    listenTcp: (address, port) => listenTcp(namespace, { family: familyOf(address), address, port }),
    bindUdp: (address, port) => socketUdp(namespace, { family: familyOf(address), address, port }),
    tcp: (family) => tcpSocket(namespace, family === 'IPv4' ? 4 : 6),
    udp: (family) => socketUdp(namespace, anyPort(family)),
  };
}

export function sandboxOf(namespace: Namespace): Sandbox {
  return { namespace, path: namespace.path, ...socketsOf(namespace), close: () => namespace.close() };
}

/** Opens a namespace that another process holds, by the path in the annotation. Throws Fault LAB_ABSENT when it is gone. */
export function openNamespace(path: string): Namespace {
  try {
    const fd = openSync(path, 'r');
    return { fd, path, close: () => closeSync(fd) };
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EACCES' || code === 'EPERM') {
      throw new Fault('NO_PERMISSION', `no permission to enter ${path}`, 'Run as the user who started the lab.');
    }
    throw new Fault(
      'LAB_ABSENT',
      `the namespace ${path} is gone`,
      'See with "kubewire status" whether the lab still runs.',
    );
  }
}
