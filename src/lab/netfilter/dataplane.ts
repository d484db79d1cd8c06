// dataplane.ts - the Linux kernel as the dataplane: veth cables, IP forwarding, and rendered rules in every node.
//
// The witness of our own: the same pods, addresses and checks, but the real netfilter rewrites. A node's namespace is both
// its host and its router; the fabric is a namespace that routes between nodes and clients and is the load balancer
// (balancer.ts).
import { Fault } from '../../model/fault.js';
import { macOf, type PodWire } from '../../topology/attachment.js';
import { FABRIC_ID, type LabNode, type Topology } from '../../topology/topology.js';
import { addressesInForce } from '../host/addresses.js';
import { createNamespace, type KernelConnection, type Namespace, setSysctl, trackedConnections } from '../host/host.js';
import { INTERFACE, linkFor, type Sandbox, sandboxOf } from '../host/sandbox.js';
import type { InForce } from '../tables/node-tables.js';
import { KernelBalancer } from './balancer.js';
import { type Cable, machineEnd, routerEnd, unreachable } from './links.js';
import { FABRIC_TABLE, KERNEL_TOOLS, type KernelMode, NodeRules, nodeTables } from './rules.js';
import { COUNTING_SYSCTLS, ROUTER_SYSCTLS } from './sysctls.js';
import { requireTools, runIp, runTool } from './tools.js';

/** The router's end of a cable (links.ts). */
interface RouterEnd {
  readonly own?: readonly string[];
  readonly behind?: readonly string[];
  readonly source?: readonly string[];
}

export class KernelDataplane {
  /** `node/NAME` and `client/NAME`. */
  readonly machines = new Map<string, Sandbox>();
  readonly #topology: Topology;
  readonly #fabric: Namespace;
  readonly #rules = new Map<number, NodeRules>();
  readonly #balancer: KernelBalancer;

  private constructor(topology: Topology) {
    this.#topology = topology;
    this.#fabric = createNamespace();
    this.#balancer = new KernelBalancer(topology, this.#fabric);
  }

  /** Creates the fabric, the nodes and the clients. Throws Fault TOOL_MISSING, leaving nothing behind. */
  static async start(topology: Topology, mode: KernelMode): Promise<KernelDataplane> {
    requireTools(KERNEL_TOOLS[mode]);
    const dataplane = new KernelDataplane(topology);
    try {
      for (const [key, value] of ROUTER_SYSCTLS) setSysctl(dataplane.#fabric, key, value);
      await runTool(dataplane.#fabric, 'nft', ['-f', '-'], FABRIC_TABLE);
      for (const node of topology.nodes) await dataplane.#addNode(node, mode);
      for (const [i, client] of topology.clients.entries())
        await dataplane.#addClient(i + 1, client.name, client.addresses);
      return dataplane;
    } catch (error) {
      dataplane.close();
      throw error;
    }
  }

  /** Creates a pod's namespace and its cable to the node. */
  async plug(node: LabNode, wire: PodWire): Promise<Sandbox> {
    const host = this.#host(node);
    const cable: Cable = {
      mac: macOf('pod', wire.id),
      routerMac: macOf('node', node.id),
      mtu: this.#topology.mtu,
      links: wire.addresses.map((address) => linkFor(address, node.podCIDRs)),
      routerName: `pod${wire.port}`,
    };
    return this.#connect(cable, host.namespace, { source: node.addresses });
  }

  /** Removes the cable and closes the sandbox. */
  async unplug(node: LabNode, wire: PodWire, sandbox: Sandbox): Promise<void> {
    await runIp(this.#host(node).namespace, [`link del pod${wire.port}`]);
    sandbox.close();
  }

  /** Takes a node's cable away. */
  async cut(node: LabNode): Promise<void> {
    await this.#balancer.cut(node);
    await runIp(this.#fabric, [`link del node${node.id}`]);
  }

  /** Gives it another one. */
  async mend(node: LabNode): Promise<void> {
    await this.#lay(this.#nodeCable(node), this.#host(node).namespace, this.#fabric, this.#behindNode(node));
    await this.#balancer.mend(node);
  }

  /** Puts a node's tables in force (0 is the fabric). */
  async load(node: number, { plan, attachment }: InForce): Promise<void> {
    if (node === FABRIC_ID) await this.#balancer.load(attachment);
    else await this.#rules.get(node)?.load(plan);
  }

  /** The connections that a node tracks. */
  connections(node: LabNode): KernelConnection[] {
    return trackedConnections(this.#host(node).namespace);
  }

  close(): void {
    for (const machine of this.machines.values()) machine.close();
    this.machines.clear();
    this.#fabric.close();
  }

  #host(node: LabNode): Sandbox {
    const host = this.machines.get(`node/${node.name}`);
    if (!host) throw new Fault('INTERNAL', `${node.name} has no namespace`);
    return host;
  }

  async #lay(cable: Cable, namespace: Namespace, router: Namespace, end: RouterEnd): Promise<void> {
    const { own = [], behind = [], source = [] } = end;
    await runIp(namespace, machineEnd(cable, router.path));
    await runIp(router, routerEnd(cable, own, behind, source));
    const addresses = cable.links.map(({ address }) => address);
    await Promise.all([
      addressesInForce(namespace, INTERFACE, addresses),
      addressesInForce(router, cable.routerName, own),
    ]);
  }

  /** A machine in its own namespace at the end of a cable. Throws on failure, leaving nothing behind. */
  async #connect(cable: Cable, router: Namespace, end: RouterEnd): Promise<Sandbox> {
    const namespace = createNamespace();
    try {
      await this.#lay(cable, namespace, router, end);
      return sandboxOf(namespace);
    } catch (error) {
      namespace.close();
      throw error;
    }
  }

  #fabricCable(owner: 'host' | 'client', id: number, addresses: readonly string[], routerName: string): Cable {
    return {
      mac: macOf(owner, id),
      routerMac: macOf('node', FABRIC_ID),
      mtu: this.#topology.mtu,
      links: addresses.map((address) => linkFor(address, [])),
      routerName,
    };
  }

  #nodeCable = ({ id, addresses }: LabNode): Cable => this.#fabricCable('host', id, addresses, `node${id}`);

  #behindNode = ({ podCIDRs }: LabNode): RouterEnd => ({ own: this.#topology.fabricAddresses, behind: podCIDRs });

  async #addNode(node: LabNode, mode: KernelMode): Promise<void> {
    const { nodes, serviceCIDRs } = this.#topology;
    const sandbox = await this.#connect(this.#nodeCable(node), this.#fabric, this.#behindNode(node));
    this.machines.set(`node/${node.name}`, sandbox);
    for (const [key, value] of [...ROUTER_SYSCTLS, ...COUNTING_SYSCTLS]) setSysctl(sandbox.namespace, key, value);
    await runIp(sandbox.namespace, node.podCIDRs.map(unreachable));
    const keep = [...nodes.flatMap(({ podCIDRs }) => podCIDRs), ...serviceCIDRs];
    await runTool(sandbox.namespace, 'nft', ['-f', '-'], nodeTables(node.podCIDRs, keep));
    this.#rules.set(node.id, new NodeRules(sandbox.namespace, mode));
  }

  async #addClient(number: number, name: string, addresses: readonly string[]): Promise<void> {
    const cable = this.#fabricCable('client', number, addresses, `client${number}`);
    this.machines.set(`client/${name}`, await this.#connect(cable, this.#fabric, {}));
  }
}
