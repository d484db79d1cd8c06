// node.ts - one node whose packets the real kernel rewrites: a frame goes in through a port, and what leaves comes back.
//
// The witness of our dataplane, packet by packet: the same plan and the same attachment, kube-proxy's rules as render/
// writes them, and netfilter instead of an engine. Chance, clock and hashes are the kernel's own.
import { closeSync, writeSync } from 'node:fs';
import type { FrameIn, Offload } from '../../../engine/engine.js';
import type { Attachment, NodePlan } from '../../../plan/plan.js';
import {
  createNamespace,
  createTap,
  kernel,
  type Namespace,
  rawSocket,
  sendPacket,
  setSysctl,
  type Tap,
} from '../../host/host.js';
import { KERNEL_TOOLS, type KernelMode, NodeRules, nodeTables } from '../rules.js';
import { ROUTER_SYSCTLS } from '../sysctls.js';
import { requireTools, runIp, runTool } from '../tools.js';
import { VIRTIO_BYTES, withHeader, withoutHeader } from './virtio.js';
import { DELIVERED, DELIVERED_TABLE, interfaceName, nextHopsByMac, nodeLines } from './wiring.js';

/** A frame that the kernel sent. */
export interface KernelFrame {
  /** Row in Attachment.ports: the node's own for what was delivered to it. */
  readonly port: number;
  /** Id of the node that an UPLINK leads to; -1 otherwise. */
  readonly nextHop: number;
  /** Ethernet frame. What was delivered is a copy whose TTL is one less. */
  readonly bytes: Uint8Array;
  readonly offload: Offload;
}

/** Answers to what is delivered carry its mark, so that they can be told from those of rules. */
const SYSCTLS = [...ROUTER_SYSCTLS, ['net.ipv4.fwmark_reflect', 1], ['net.ipv6.fwmark_reflect', 1]] as const;

/** The longest frame that a TAP hands over, with segmentation offload. */
const BUFFER_BYTES = 65_536 + 64;
/** The kernel is done when the write returns, unless its softirqs are busy with others: then a packet comes later. */
const PATIENCE_MS = 10;

const ETHERNET = 14;
const IPV6_MULTICAST = 0x33;

const cell = new Int32Array(new SharedArrayBuffer(4));
const pause = (ms: number): void => void Atomics.wait(cell, 0, 0, ms);

const macText = (bytes: Uint8Array): string =>
  Array.from(bytes.subarray(0, 6), (byte) => byte.toString(16).padStart(2, '0')).join(':');

const macBytes = (text: string): number[] => text.split(':').map((part) => Number.parseInt(part, 16));

/** Errors of sending that say what became of a packet: a rule dropped it, or it had no way. */
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
  readonly #rules: NodeRules;
  readonly #nextHops: ReadonlyMap<string, number>;
  readonly #buffer = new Uint8Array(BUFFER_BYTES);
  /** Sockets that send what the node itself sends. */
  readonly #raw = new Map<4 | 6, number>();

  private constructor(namespace: Namespace, attachment: Attachment, mode: KernelMode) {
    this.#namespace = namespace;
    this.#attachment = attachment;
    this.#rules = new NodeRules(namespace, mode);
    this.#nextHops = nextHopsByMac(attachment);
  }

  /** Makes the namespace, wires it and loads the rules. Throws Fault TOOL_MISSING; leaves nothing when it throws. */
  static async start(plan: NodePlan, attachment: Attachment, mode: KernelMode): Promise<KernelNode> {
    requireTools(KERNEL_TOOLS[mode]);
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

  /** Puts the rules of another plan in force; connections and affinity stay. */
  load(plan: NodePlan): Promise<void> {
    return this.#rules.load(plan);
  }

  /** Makes session affinity forget all clients. */
  forgetClients(): Promise<void> {
    return this.#rules.forgetClients();
  }

  /** Sends one frame and gives everything that the kernel sends because of it, in the order of the ports. */
  process(frame: FrameIn): KernelFrame[] {
    this.#send(frame);
    for (let waited = 0; ; waited++) {
      const found = this.#collect();
      if (found.length > 0 || waited === PATIENCE_MS) return found;
      pause(1);
    }
  }

  close(): void {
    for (const fd of [...this.#raw.values(), ...[...this.#taps.values()].map((tap) => tap.fd)]) closeSync(fd);
    this.#raw.clear();
    this.#taps.clear();
    this.#namespace.close();
  }

  async #wire(plan: NodePlan): Promise<void> {
    const { ports, mac, egressMasquerade, egressKeep } = this.#attachment;
    for (const [key, value] of SYSCTLS) setSysctl(this.#namespace, key, value);
    for (const family of [4, 6] as const) this.#raw.set(family, rawSocket(this.#namespace, family));
    for (const [port, { mtu }] of ports.entries()) {
      const name = interfaceName(this.#attachment, port) ?? DELIVERED;
      this.#taps.set(port, createTap(this.#namespace, { name, mac, mtu }));
    }
    await runIp(this.#namespace, nodeLines(plan, this.#attachment));
    const tables = nodeTables(egressMasquerade ? plan.node.podCIDRs : [], egressKeep);
    await runTool(this.#namespace, 'nft', ['-f', '-'], tables + DELIVERED_TABLE);
  }

  #send({ port, bytes, offload }: FrameIn): void {
    if (this.#attachment.ports[port]?.kind === 'HOST') {
      try {
        sendPacket(this.#raw.get(bytes[12] === 0x86 ? 6 : 4) ?? -1, bytes.subarray(ETHERNET));
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

  #collect(): KernelFrame[] {
    const addon = kernel();
    const found: KernelFrame[] = [];
    for (const [port, { fd }] of this.#taps) {
      for (;;) {
        const size = addon.readFrame(fd, this.#buffer);
        if (size === 0) break;
        const { bytes, offload } = withoutHeader(this.#buffer.subarray(0, size));
        // Reports of multicast listeners are the interface's own.
        if (bytes[0] === IPV6_MULTICAST && bytes[1] === IPV6_MULTICAST) continue;
        found.push({ port, nextHop: this.#nextHops.get(macText(bytes)) ?? -1, bytes, offload });
      }
    }
    return found;
  }
}
