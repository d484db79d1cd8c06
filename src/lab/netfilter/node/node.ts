// node.ts - one node whose packets the real kernel rewrites: frames go in through a port, and the results come back.
//
// The witness of our dataplane, packet by packet: the same plan and the same attachment, kube-proxy's rules as render/
// writes them, and netfilter instead of an engine. Chance, clock and hashes are the kernel's own.

import { closeSync, writeSync } from 'node:fs';
import type { FrameIn, Offload } from '../../../engine/engine.js';
import { Fault } from '../../../model/fault.js';
import type { Attachment, NodePlan } from '../../../plan/plan.js';
import { ETHERNET_BYTES, LONGEST_PACKET_BYTES } from '../../../wire/headers.js';
import { addressesInForce } from '../../host/addresses.js';
import {
  createNamespace,
  createTap,
  kernel,
  type Namespace,
  rawSocket,
  sendPacket,
  setSysctl,
  type Tap,
  withKernel,
} from '../../host/host.js';
import { runInNamespace } from '../../host/process.js';
import { KERNEL_TOOLS, type KernelMode, NodeRules, nodeTables } from '../rules.js';
import { ROUTER_SYSCTLS } from '../sysctls.js';
import { requireTools, runIp, runTool } from '../tools.js';
import { MARKER_TABLE, markerFrame, markerNumber, noQueue } from './marker.js';
import { VIRTIO_BYTES, withHeader, withoutHeader } from './virtio.js';
import { DELIVERED, DELIVERED_TABLE, interfaceName, nextHopsByMac, nodeLines, ownAddresses, UPLINK } from './wiring.js';

/** A frame that the kernel sent. */
export interface KernelFrame {
  /** Row in Attachment.ports; the node's own row for frames delivered to it. */
  readonly port: number;
  /** Id of the node that an UPLINK leads to; -1 otherwise. */
  readonly nextHop: number;
  /** Ethernet frame. A delivered frame is a copy with its TTL reduced by one. */
  readonly bytes: Uint8Array;
  readonly offload: Offload;
}

/** Makes replies to delivered packets carry their mark, which distinguishes them from replies by rules. */
const SYSCTLS = [...ROUTER_SYSCTLS, ['net.ipv4.fwmark_reflect', 1], ['net.ipv6.fwmark_reflect', 1]] as const;

/** The longest frame of a TAP, with the headers before it (tun_pi, virtio_net_hdr). */
const BUFFER_BYTES = LONGEST_PACKET_BYTES + 64;
/** A marker comes at once, also on a busy machine: without it nothing is known. */
const PATIENCE_MS = 30_000;

const IPV6_MULTICAST = 0x33;

const macText = (bytes: Uint8Array): string =>
  Array.from(bytes.subarray(0, 6), (byte) => byte.toString(16).padStart(2, '0')).join(':');

const macBytes = (text: string): number[] => text.split(':').map((part) => Number.parseInt(part, 16));

/** Send errors that tell a packet's fate: a rule dropped it, or it had no route. */
const REFUSALS: ReadonlySet<string> = new Set([
  'EPERM',
  'ENETUNREACH',
  'EHOSTUNREACH',
  'EACCES',
  'EINVAL',
  'EMSGSIZE',
  'EADDRNOTAVAIL',
]);

export class KernelNode {
  readonly #namespace: Namespace;
  readonly #attachment: Attachment;
  readonly #taps = new Map<number, Tap>();
  /** Port by the file descriptor of its TAP. */
  readonly #ports = new Map<number, number>();
  /** Reports which TAPs have a frame. */
  readonly #watch = withKernel((addon) => addon.createWatch());
  readonly #rules: NodeRules;
  readonly #nextHops: ReadonlyMap<string, number>;
  readonly #buffer = new Uint8Array(BUFFER_BYTES);
  /** Sockets for packets sent by the node itself. */
  readonly #raw = new Map<4 | 6, number>();
  /** Numbers of the last marker sent, and of the last one seen coming out. */
  #markers = 0;
  #seen = 0;

  private constructor(namespace: Namespace, attachment: Attachment, mode: KernelMode) {
    this.#namespace = namespace;
    this.#attachment = attachment;
    this.#rules = new NodeRules(namespace, mode);
    this.#nextHops = nextHopsByMac(attachment);
  }

  /** Creates the namespace, wires it and loads the rules. Throws Fault TOOL_MISSING, leaving nothing behind. */
  static async start(plan: NodePlan, attachment: Attachment, mode: KernelMode): Promise<KernelNode> {
    requireTools([...KERNEL_TOOLS[mode], 'tc']);
    const namespace = createNamespace();
    const node = new KernelNode(namespace, attachment, mode);
    try {
      await node.#wire(plan);
      await node.load(plan);
      return node;
    } catch (error) {
      node.close();
      throw error;
    }
  }

  /** Switches to the rules of another plan; connections and affinity stay. */
  load(plan: NodePlan): Promise<void> {
    return this.#rules.load(plan);
  }

  /** Makes session affinity forget all clients. */
  forgetClients(): Promise<void> {
    return this.#rules.forgetClients();
  }

  /**
   * Sends one frame and returns everything the kernel sends in response, in port order. An empty result means that the
   * kernel dropped it, since a marker sent later has come out. Throws Fault KERNEL_BUSY if no marker comes out.
   */
  process(frame: FrameIn): KernelFrame[] {
    this.#send(frame);
    this.#markers = (this.#markers + 1) >>> 0;
    this.#send({ port: frame.port, bytes: markerFrame(this.#markers) });
    const found: KernelFrame[] = [];
    const deadline = performance.now() + PATIENCE_MS;
    while (this.#seen !== this.#markers) {
      if (performance.now() > deadline) {
        throw new Fault('KERNEL_BUSY', 'the kernel did not answer', 'End what keeps the machine busy, and try again.');
      }
      this.#collect(found, deadline - performance.now());
    }
    // One look shows some of the ports only.
    while (this.#collect(found, 0));
    return found.sort((a, b) => a.port - b.port);
  }

  /** The connections that the kernel tracks here: lines of /proc/net/nf_conntrack. */
  async connections(): Promise<string> {
    return (await runInNamespace(this.#namespace, ['/bin/cat', '/proc/self/net/nf_conntrack'])).stdout;
  }

  close(): void {
    for (const fd of [this.#watch, ...this.#raw.values(), ...this.#ports.keys()]) closeSync(fd);
    this.#raw.clear();
    this.#ports.clear();
    this.#taps.clear();
    this.#namespace.close();
  }

  async #wire(plan: NodePlan): Promise<void> {
    const { ports, mac, egressMasquerade, egressKeep } = this.#attachment;
    for (const [key, value] of SYSCTLS) setSysctl(this.#namespace, key, value);
    for (const family of [4, 6] as const) this.#raw.set(family, rawSocket(this.#namespace, family));
    const names = ports.map((_, port) => interfaceName(this.#attachment, port) ?? DELIVERED);
    for (const [port, { mtu }] of ports.entries()) {
      const tap = createTap(this.#namespace, { name: names[port] ?? '', mac, mtu });
      this.#taps.set(port, tap);
      this.#ports.set(tap.fd, port);
      withKernel((addon) => addon.watchFd(this.#watch, tap.fd));
    }
    await runTool(this.#namespace, 'tc', ['-batch', '-'], noQueue(names));
    await runIp(this.#namespace, nodeLines(plan, this.#attachment));
    const tables = nodeTables(egressMasquerade ? plan.node.podCIDRs : [], egressKeep);
    await runTool(this.#namespace, 'nft', ['-f', '-'], tables + DELIVERED_TABLE + MARKER_TABLE);
    await addressesInForce(this.#namespace, UPLINK, ownAddresses(plan, this.#attachment));
  }

  #send({ port, bytes, offload }: FrameIn): void {
    if (this.#attachment.ports[port]?.kind === 'HOST') {
      try {
        sendPacket(this.#raw.get(bytes[12] === 0x86 ? 6 : 4) ?? -1, bytes.subarray(ETHERNET_BYTES));
      } catch (error) {
        if (!REFUSALS.has((error as NodeJS.ErrnoException).code ?? '')) throw error;
      }
      return;
    }
    const tap = this.#taps.get(port);
    if (!tap) throw new RangeError(`there is no port ${port}`);
    const frame = withHeader(bytes, offload);
    // Whoever sends to a node sends to its MAC; the engines do not look.
    frame.set(macBytes(this.#attachment.mac), VIRTIO_BYTES);
    writeSync(tap.fd, frame);
  }

  /** Reads what has come out, waiting if there is nothing yet. Returns false if nothing came. */
  #collect(found: KernelFrame[], waitMs: number): boolean {
    const addon = kernel();
    const ready = withKernel(() => addon.readyFds(this.#watch, Math.max(0, Math.ceil(waitMs))));
    for (const fd of ready) {
      for (;;) {
        const size = addon.readFrame(fd, this.#buffer);
        if (size === 0) break;
        const { bytes, offload } = withoutHeader(this.#buffer.subarray(0, size));
        // Reports of multicast listeners are the interface's own.
        if (bytes[0] === IPV6_MULTICAST && bytes[1] === IPV6_MULTICAST) continue;
        const number = markerNumber(bytes);
        if (number !== null) this.#seen = number;
        else {
          const nextHop = this.#nextHops.get(macText(bytes)) ?? -1;
          found.push({ port: this.#ports.get(fd) ?? -1, nextHop, bytes, offload });
        }
      }
    }
    return ready.length > 0;
  }
}
