// host.ts - typed access to what the lab needs from the Linux kernel: namespaces, TAPs, addresses and sockets.
//
// Everything happens inside anonymous network namespaces that this process holds by file descriptor. The calls are
// synchronous and take well under a millisecond each; they run on helper threads, so this thread never changes namespace.
import { readlinkSync } from 'node:fs';
import { type NetConnectOpts, Socket } from 'node:net';
import { getSystemErrorName } from 'node:util';
import { loadAddon } from '../../engine/addon.js';
import { Fault } from '../../model/fault.js';

/** The addon functions defined by native/binding/lab_object.cc, program_object.cc and watch_object.cc. */
interface LabAddon {
  createNamespace(): number;
  closeFd(fd: number): void;
  createStore(): [number, number];
  createView(storeNamespace: number, storeRoot: number, runs: readonly string[]): number;
  createPipe(): [number, number];
  createTerminal(): [number, number];
  resizeTerminal(fd: number, columns: number, rows: number): void;
  createTap(ns: number, name: string, mac: string, mtu: number, offloads: boolean): Tap;
  configureInterface(
    ns: number,
    name: string,
    mac: string,
    mtu: number,
    up: number,
    addresses: readonly string[],
    neighbours: readonly string[],
    routes: readonly string[],
  ): void;
  pendingAddresses(ns: number, name: string, addresses: readonly string[]): string[];
  removeAddresses(ns: number, name: string, addresses: readonly string[]): void;
  divertOwnAddresses(ns: number, name: string, runs: readonly string[]): void;
  setSysctls(ns: number, pairs: readonly string[]): void;
  createSocket(ns: number, kind: SocketKind, family: 4 | 6, address: string, port: number): number;
  sendPacket(fd: number, packet: Uint8Array): void;
  createWatch(): number;
  watchFd(watch: number, fd: number): void;
  readyFds(watch: number, timeoutMs: number): number[];
  readFrame(fd: number, buffer: Uint8Array): number;
  trackedConnections(ns: number, protocol: number): KernelConnection[];
  forgetUdpConnections(ns: number, runs: readonly string[]): void;
  spawn(
    argv: readonly string[],
    env: readonly string[],
    directory: string,
    stdin: number,
    stdout: number,
    stderr: number,
    ns: number,
    userNamespace: number,
    ownSession: boolean,
    ownerPid: number,
    terminal: boolean,
    view: number,
    hostname: string,
    ended: (code: number, signal: number) => void,
  ): number;
  replaceProcess(argv: readonly string[], env: readonly string[]): void;
  probeAccess(userNamespace: boolean): void;
}

type SocketKind = 'listener' | 'tcp' | 'udp' | 'icmp' | 'raw' | 'frame';

/** One direction of a tracked connection. For an ICMP query, the identifier is the source port. */
export interface KernelDirection {
  readonly source: string;
  readonly sourcePort: number;
  readonly destination: string;
  readonly destinationPort: number;
}

/** A connection that the kernel tracks in a namespace. */
export interface KernelConnection {
  /** IP protocol number. */
  readonly protocol: number;
  readonly original: KernelDirection;
  /** The tuple expected in replies. */
  readonly reply: KernelDirection;
  /** IPS_* bits of nf_conntrack_common.h. */
  readonly status: number;
  /** Seconds until it expires. */
  readonly timeout: number;
  /** Number of nf_conntrack_tcp.h; 0 for other protocols. */
  readonly tcpState: number;
  /** Of the question of an ICMP query; 0 for other protocols. */
  readonly icmpType: number;
  readonly icmpCode: number;
  /** Total of both directions. */
  readonly packets: number;
  readonly bytes: number;
}

/** An anonymous network namespace. It exists as long as its fd, or a socket, TAP or process in it. */
export interface Namespace {
  readonly fd: number;
  /** Path for other processes to open: /proc/<pid>/fd/<n>. */
  readonly path: string;
  close(): void;
}

export interface Tap {
  readonly fd: number;
  /** Bytes of virtio-net header before every frame; 0 = none. */
  readonly headerBytes: number;
  /** TUN_F_* bits granted by the kernel. */
  readonly offloads: number;
  /** The end in the yard of the cable that it belongs to (yard.ts); absent: it is an interface of the machine itself. */
  readonly cable?: number;
}

interface TapOptions {
  readonly name: string;
  readonly mac: string;
  readonly mtu: number;
  /** Checksum and segmentation offload, as far as the kernel supports it. Default true. */
  readonly offloads?: boolean;
}

interface Route {
  /** `0.0.0.0/0` and `::/0` are the default routes. */
  readonly prefix: string;
  /** Next hop. Without it, the destination is on the link itself. */
  readonly via?: string;
  /** Treats the next hop as on the link, whatever the addresses. */
  readonly onlink?: boolean;
  /** Preferred source address. */
  readonly source?: string;
}

interface InterfaceOptions {
  readonly mac?: string;
  readonly mtu?: number;
  /** CIDRs. IPv6 addresses are usable at once, without duplicate address detection. */
  readonly addresses?: readonly string[];
  readonly up?: boolean;
  /** Permanent neighbour entries. */
  readonly neighbours?: readonly { readonly address: string; readonly mac: string }[];
  readonly routes?: readonly Route[];
}

/** `address` '0.0.0.0' and '::' mean any; IPv6 sockets never take IPv4. Port 0 = any free one. */
interface Binding {
  readonly family: 4 | 6;
  readonly address: string;
  readonly port: number;
}

/** Every namespace gets these: addresses are ours to hand out, and a program in a pod needs no rights for low ports or ping. */
const SYSCTLS = [
  ['net.ipv4.conf.all.rp_filter', '0'],
  ['net.ipv4.conf.default.rp_filter', '0'],
  ['net.ipv4.ip_unprivileged_port_start', '0'],
] as const;

const SYSCTLS6 = ['all', 'default'].flatMap((scope) => [
  [`net.ipv6.conf.${scope}.disable_ipv6`, '0'] as const,
  [`net.ipv6.conf.${scope}.accept_dad`, '0'] as const,
  [`net.ipv6.conf.${scope}.accept_ra`, '0'] as const,
  [`net.ipv6.conf.${scope}.router_solicitations`, '0'] as const,
]);

const HOW_TO_LOAD = 'Load the module with "modprobe tun"; in a container, pass the device in: --device /dev/net/tun.';
const HOW_TO_OPEN = 'Run as root, or let users open the device: chmod 0666 /dev/net/tun.';
const HOW_TO_PERMIT =
  'Run as root, or allow user namespaces: sysctl user.max_user_namespaces (not 0), ' +
  'kernel.unprivileged_userns_clone=1 or kernel.apparmor_restrict_unprivileged_userns=0, where they exist.';

interface SystemFailure extends Error {
  errno: number;
  what: string;
  code?: string;
}

/** Turns a kernel failure into the error that users see; others keep their `code` (EADDRINUSE ...). */
export function kernelFault(error: unknown): unknown {
  const failure = error as SystemFailure;
  if (!(error instanceof Error) || typeof failure.errno !== 'number' || typeof failure.what !== 'string') return error;
  failure.code = getSystemErrorName(-failure.errno);
  const denied = failure.code === 'EPERM' || failure.code === 'EACCES';
  if (failure.what === 'open /dev/net/tun') {
    return denied
      ? new Fault('NO_PERMISSION', `no permission to open /dev/net/tun (${failure.code})`, HOW_TO_OPEN)
      : new Fault('NO_TUN', `/dev/net/tun cannot be opened (${failure.code})`, HOW_TO_LOAD);
  }
  if (failure.what.startsWith('unshare') && (denied || failure.code === 'ENOSPC')) {
    return new Fault('NO_PERMISSION', `no permission to make namespaces (${failure.code})`, HOW_TO_PERMIT);
  }
  // A program, folder, address or packet that this user may not use is no reason to become root.
  const own = /^(exec|change directory|bind|send)/.test(failure.what);
  if (denied && !own) return new Fault('NO_PERMISSION', failure.message, 'Run as root.');
  return error;
}

/** The addon's functions with errors translated. Throws Fault NOT_LINUX on other systems. */
export function kernel(): LabAddon {
  if (process.platform !== 'linux') {
    throw new Fault(
      'NOT_LINUX',
      `a lab needs a Linux kernel, this is ${process.platform}`,
      'Use a Linux machine or VM.',
    );
  }
  return loadAddon() as unknown as LabAddon;
}

/** Runs `work` with the addon, and translates kernel failures with kernelFault. */
export function withKernel<T>(work: (addon: LabAddon) => T): T {
  const addon = kernel();
  try {
    return work(addon);
  } catch (error) {
    throw kernelFault(error);
  }
}

/** Creates a namespace with its loopback up. */
export function createNamespace(): Namespace {
  const fd = withKernel((addon) => addon.createNamespace());
  let open = true;
  const ns: Namespace = {
    fd,
    path: `/proc/${process.pid}/fd/${fd}`,
    close() {
      if (open) withKernel((addon) => addon.closeFd(fd));
      open = false;
    },
  };
  try {
    for (const [key, value] of SYSCTLS) setSysctl(ns, key, value);
    allowPing(ns);
    setIfThere(ns, SYSCTLS6);
  } catch (error) {
    ns.close();
    throw error;
  }
  return ns;
}

/** A user namespace may only name mapped groups, and it has just one. */
function allowPing(ns: Namespace): void {
  try {
    setSysctl(ns, 'net.ipv4.ping_group_range', '0 2147483647');
  } catch {
    setSysctl(ns, 'net.ipv4.ping_group_range', '0 0');
  }
}

/** A kernel without IPv6 has none of these files. */
function setIfThere(ns: Namespace, pairs: readonly (readonly [string, string])[]): void {
  try {
    withKernel((addon) => addon.setSysctls(ns.fd, pairs.flat()));
  } catch (error) {
    if ((error as SystemFailure).code !== 'ENOENT') throw error;
  }
}

/** Writes a sysctl of the namespace: `net.ipv4.ip_forward`. */
export function setSysctl(ns: Namespace, key: string, value: string | number): void {
  withKernel((addon) => addon.setSysctls(ns.fd, [key, String(value)]));
}

/** Creates a TAP in the namespace, still down. It ends when its fd is closed, or with the namespace once a pool has it. */
export function createTap(ns: Namespace, options: TapOptions): Tap {
  const { name, mac, mtu, offloads = true } = options;
  return withKernel((addon) => addon.createTap(ns.fd, name, mac, mtu, offloads));
}

/** Closes the fd of a TAP that no shard has taken. */
export function closeTap(tap: Tap): void {
  withKernel((addon) => addon.closeFd(tap.fd));
}

/** Configures an interface: MAC and MTU, addresses, up or down, neighbours, routes. Stops at the first failure. */
export function configureInterface(ns: Namespace, name: string, options: InterfaceOptions): void {
  const neighbours = (options.neighbours ?? []).flatMap(({ address, mac }) => [address, mac]);
  const routes = (options.routes ?? []).flatMap((route) => [
    route.prefix,
    route.via ?? '',
    route.onlink ? '1' : '',
    route.source ?? '',
  ]);
  const up = options.up === undefined ? -1 : Number(options.up);
  const { mac = '', mtu = 0, addresses = [] } = options;
  withKernel((addon) => addon.configureInterface(ns.fd, name, mac, mtu, up, addresses, neighbours, routes));
}

/** Removes CIDRs from an interface. */
export function removeAddresses(ns: Namespace, name: string, addresses: readonly string[]): void {
  withKernel((addon) => addon.removeAddresses(ns.fd, name, addresses));
}

/** An address of the namespace, the next hop for packets sent to it, and the source for unbound sockets. */
export interface OwnWay {
  readonly address: string;
  readonly via: string;
  readonly source: string;
}

/** Makes packets to the namespace's own addresses leave through the interface, and lets them come back in. */
export function divertOwnAddresses(ns: Namespace, name: string, ways: readonly OwnWay[]): void {
  const runs = ways.flatMap(({ address, via, source }) => [address, via, source]);
  for (const key of ['accept_local', 'route_localnet']) setSysctl(ns, `net.ipv4.conf.${name}.${key}`, '1');
  withKernel((addon) => addon.divertOwnAddresses(ns.fd, name, runs));
}

const socket = (ns: Namespace, kind: SocketKind, { family, address, port }: Binding): number =>
  withKernel((addon) => addon.createSocket(ns.fd, kind, family, address, port));

/** A listening TCP socket of the namespace, for `server.listen({ fd })`. */
export const listenTcp = (ns: Namespace, binding: Binding): number => socket(ns, 'listener', binding);

/** A bound UDP socket of the namespace, for `dgram.createSocket(...).bind({ fd })`. */
export const socketUdp = (ns: Namespace, binding: Binding): number => socket(ns, 'udp', binding);

/** An ICMP echo socket (ping socket) of the namespace, not bound. */
export const socketIcmp = (ns: Namespace, family: 4 | 6): number =>
  socket(ns, 'icmp', { family, address: '', port: 0 });

/** Connections that the kernel tracks in the namespace. @param protocol IANA number; 0 = all */
export const trackedConnections = (ns: Namespace, protocol = 0): KernelConnection[] =>
  withKernel((addon) => addon.trackedConnections(ns.fd, protocol));

/** Makes the kernel forget UDP connections. It is no error if some are already gone. */
export function forgetUdpConnections(ns: Namespace, originals: readonly KernelDirection[]): void {
  const runs = originals.flatMap(({ source, sourcePort, destination, destinationPort }) => [
    source,
    String(sourcePort),
    destination,
    String(destinationPort),
  ]);
  withKernel((addon) => addon.forgetUdpConnections(ns.fd, runs));
}

/** A socket in the namespace for sending whole IP packets with sendPacket. */
export const rawSocket = (ns: Namespace, family: 4 | 6): number => socket(ns, 'raw', { family, address: '', port: 0 });

/** A socket in the namespace: what is written to it leaves through the interface as Ethernet frames. */
export const frameSocket = (ns: Namespace, name: string): number =>
  socket(ns, 'frame', { family: 4, address: name, port: 0 });

/** Sends an IP packet through a raw socket. The error may be its fate: EPERM from a rule, EHOSTUNREACH ... */
export const sendPacket = (fd: number, packet: Uint8Array): void => withKernel((addon) => addon.sendPacket(fd, packet));

/** A TCP socket in the namespace, neither bound nor connected. connectTcp turns one into a net.Socket. */
export const tcpSocket = (ns: Namespace, family: 4 | 6): number => socket(ns, 'tcp', { family, address: '', port: 0 });

/** Connects from inside the namespace to an IP address (never a name: resolving would leave the namespace). */
export function connectTcp(ns: Namespace, target: Binding): Socket {
  const options: NetConnectOpts = { host: target.address, port: target.port, family: target.family };
  return new Socket({ fd: tcpSocket(ns, target.family), readable: true, writable: true }).connect(options);
}

/** The user namespace of a process, as named by the kernel: `user:[4026531837]`. */
export const userNamespaceOf = (pid: number | 'self'): string => readlinkSync(`/proc/${pid}/ns/user`);
