// wire.ts - the way from an agent's nodes to those of others: a router of its own with a VXLAN device, whose entries are written by hand.
//
// The device is made where the machines see each other and then moved into the router's namespace: its UDP socket stays where
// it was made. No multicast and no learning: a peer is an entry for its MAC, a neighbour, and routes to its nodes.
import { type Namespace, setSysctl } from '../lab/host/host.js';
import { runInNamespace } from '../lab/host/process.js';
import { openNamespace } from '../lab/host/sandbox.js';
import { ROUTER_SYSCTLS } from '../lab/netfilter/sysctls.js';
import { runIp, runTool } from '../lab/netfilter/tools.js';
import { isIPv6 } from '../model/address.js';
import { Fault } from '../model/fault.js';

/** Another agent, and what is reached through it. */
export interface Peer {
  /** Its wire address: IPv4. */
  readonly address: string;
  /** CIDRs of its nodes and their pods. */
  readonly prefixes: readonly string[];
}

const DEVICE = 'vxlan0';
const NETWORK = 7077;
const PORT = 14789;
/** Outer Ethernet, IPv4, UDP and VXLAN headers. */
const OVERHEAD = 50;
const PROC_NET = '/proc/self/ns/net';

const bytesOf = (address: string): number[] => address.split('.').map(Number);
const hex = (byte: number): string => byte.toString(16).padStart(2, '0');

/** Of the device of an agent, from its wire address. */
const macAt = (address: string): string => ['02', '77', ...bytesOf(address).map(hex)].join(':');

/** The next hop for routes of a family: nobody asks for it, as its neighbour is written by hand. */
function hopAt(address: string, prefix: string): string {
  const [a = 0, b = 0, c = 0, d = 0] = bytesOf(address);
  return isIPv6(prefix) ? `fe80::${hex(a)}${hex(b)}:${hex(c)}${hex(d)}` : address;
}

/** The largest packet on the interface that has this address, in bytes. Throws Fault USAGE if none has it. */
async function mtuAt(machine: Namespace, address: string): Promise<number> {
  const { stdout } = await runInNamespace(machine, ['ip', '-j', 'addr', 'show', 'to', `${address}/32`]);
  const [found] = JSON.parse(stdout || '[]') as { mtu?: number }[];
  if (found?.mtu !== undefined) return found.mtu;
  throw new Fault('USAGE', `this machine does not have the wire address ${address}`, 'See its addresses: ip addr');
}

const routesOf = ({ address, prefixes }: Peer): Map<string, string> =>
  new Map(prefixes.map((prefix) => [prefix, hopAt(address, prefix)]));

export class Wire {
  readonly #router: Namespace;
  readonly #peers = new Set<string>();
  /** Prefix → next hop, as it is in the kernel. */
  #routes = new Map<string, string>();
  #work: Promise<void> = Promise.resolve();

  private constructor(router: Namespace) {
    this.#router = router;
  }

  /** The largest packet that nodes may send, so that it fits the wire. */
  static async mtu(address: string): Promise<number> {
    const machine = openNamespace(PROC_NET);
    try {
      return (await mtuAt(machine, address)) - OVERHEAD;
    } finally {
      machine.close();
    }
  }

  /** @param router the namespace at the wire of the fabric, which becomes a router. Throws if the kernel refuses. */
  static async open(router: Namespace, address: string, mtu: number): Promise<Wire> {
    for (const [key, value] of [...ROUTER_SYSCTLS, ['net.ipv4.conf.all.rp_filter', 0] as const])
      setSysctl(router, key, value);
    const machine = openNamespace(PROC_NET);
    const name = `kw${process.pid}`;
    const type = `type vxlan id ${NETWORK} dstport ${PORT} local ${address} nolearning`;
    try {
      await runIp(machine, [
        `link add ${name} address ${macAt(address)} mtu ${mtu} ${type}`,
        `link set ${name} netns ${router.path} name ${DEVICE}`,
      ]);
    } finally {
      machine.close();
    }
    await runIp(router, [`link set ${DEVICE} up`]);
    return new Wire(router);
  }

  /** Leads to these peers, and to nobody else. Rejects with what the kernel refused. */
  update(peers: readonly Peer[]): Promise<void> {
    this.#work = this.#work.catch(() => undefined).then(() => this.#update(peers));
    return this.#work;
  }

  async #update(peers: readonly Peer[]): Promise<void> {
    const fresh = peers.filter(({ address }) => !this.#peers.has(address));
    const entries = fresh.map(({ address }) => `fdb replace ${macAt(address)} dev ${DEVICE} dst ${address}`);
    if (entries.length > 0) await runTool(this.#router, 'bridge', ['-batch', '-'], `${entries.join('\n')}\n`);
    const routes = new Map(peers.flatMap((peer) => [...routesOf(peer)]));
    const gone = [...this.#routes.keys()].filter((prefix) => !routes.has(prefix));
    const moved = [...routes].filter(([prefix, hop]) => this.#routes.get(prefix) !== hop);
    const neighbours = fresh.flatMap(({ address }) =>
      [address, hopAt(address, '::')].map(
        (hop) => `neigh replace ${hop} lladdr ${macAt(address)} dev ${DEVICE} nud permanent`,
      ),
    );
    await runIp(this.#router, [
      ...neighbours,
      ...moved.map(([prefix, hop]) => `route replace ${prefix} via ${hop} dev ${DEVICE} onlink`),
      ...gone.map((prefix) => `route del ${prefix} dev ${DEVICE}`),
    ]);
    for (const { address } of fresh) this.#peers.add(address);
    this.#routes = routes;
  }
}
