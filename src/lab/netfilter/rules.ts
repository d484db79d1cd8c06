// rules.ts - loads a plan's rendered rules into the kernel so that connections and affinity survive.
import { type Family, familyOf } from '../../model/address.js';
import type { NodePlan } from '../../plan/plan.js';
import { staleConnections } from '../../plan/stale.js';
import { iptablesSave } from '../../render/iptables-save.js';
import { nftRuleset } from '../../render/nft.js';
import { FAMILIES } from '../../render/reach.js';
import {
  forgetUdpConnections,
  type KernelConnection,
  type KernelDirection,
  type Namespace,
  setSysctl,
  trackedConnections,
} from '../host/host.js';
import { runInNamespace } from '../host/process.js';
import { conntrackSysctls } from './sysctls.js';
import { runTool, type Tool } from './tools.js';

export type KernelMode = 'nftables' | 'iptables';

export const KERNEL_TOOLS: Readonly<Record<KernelMode, readonly Tool[]>> = {
  nftables: ['ip', 'nft'],
  // The masquerading of pods that leave the cluster is a table of nft in both modes.
  iptables: ['ip', 'nft', 'iptables-restore', 'ip6tables-restore'],
};

interface Block {
  readonly table: string;
  readonly kind: string;
  readonly name: string;
}

/** The sets, maps and chains of a document. */
function blocksOf(document: string): Block[] {
  let table = '';
  return document.split('\n').flatMap((line): Block[] => {
    const head = /^table (ip6?) (\S+) \{/.exec(line);
    if (head) table = `${head[1]} ${head[2]}`;
    const block = /^\t(set|map|chain) (\S+) \{/.exec(line);
    return block ? [{ table, kind: block[1] ?? '', name: block[2] ?? '' }] : [];
  });
}

const isAffinity = ({ name }: Block): boolean => name.startsWith('affinity-');
const keyOf = ({ table, kind, name }: Block): string => `${kind} ${table} ${name}`;

/**
 * One transaction that turns the rules in force into the document. Affinity sets keep their clients. Whatever is no
 * longer there is deleted once nothing refers to it.
 * @param before the document in force; '' = none
 */
export function nftScript(before: string, document: string): string {
  const old = blocksOf(before);
  const now = new Set(blocksOf(document).map(keyOf));
  const tables = [...new Set(old.map(({ table }) => table))];
  const containers = old.filter((block) => block.kind !== 'chain' && !isAffinity(block));
  const gone = old.filter((block) => !now.has(keyOf(block)));
  return [
    ...tables.map((table) => `flush table ${table}`),
    ...containers.map((block) => `flush ${keyOf(block)}`),
    document,
    ...gone.map((block) => `delete ${keyOf(block)}`),
    '',
  ].join('\n');
}

const restoreTool = (family: Family): Tool => (family === 'IPv6' ? 'ip6tables-restore' : 'iptables-restore');

/** The rules of one node. */
export class NodeRules {
  readonly #namespace: Namespace;
  readonly #mode: KernelMode;
  /** nftables: the document in force; iptables: one a family. */
  readonly #inForce = new Map<string, string>();
  readonly #sysctls = new Map<string, number>();

  constructor(namespace: Namespace, mode: KernelMode) {
    this.#namespace = namespace;
    this.#mode = mode;
  }

  /**
   * Loads the rules of a plan and makes the kernel forget UDP connections to removed endpoints, as kube-proxy
   * does. Throws with the tool's message if the kernel refuses; the old rules then stay.
   */
  async load(plan: NodePlan): Promise<void> {
    await this.#loadRules(plan);
    if (plan.changedPorts.size > 0) {
      forgetUdpConnections(this.#namespace, staleOf(plan, trackedConnections(this.#namespace, UDP)));
    }
  }

  async #loadRules(plan: NodePlan): Promise<void> {
    for (const [key, value] of conntrackSysctls(plan.config)) {
      if (this.#sysctls.get(key) === value) continue;
      setSysctl(this.#namespace, key, value);
      this.#sysctls.set(key, value);
    }
    // Ports of the loopback address lead elsewhere: by default the kernel lets no such packet leave. kube-proxy sets this
    // for its NodePorts, and the CNI for its hostPorts.
    const nodePorts = this.#mode === 'iptables' && plan.config.localhostNodePorts;
    if (nodePorts || plan.services.some(({ isHostPort }) => isHostPort)) {
      setSysctl(this.#namespace, 'net.ipv4.conf.all.route_localnet', 1);
    }
    if (this.#mode === 'nftables') {
      const document = nftRuleset(plan);
      const before = this.#inForce.get('nft') ?? '';
      if (before === document) return;
      await runTool(this.#namespace, 'nft', ['-f', '-'], nftScript(before, document));
      this.#inForce.set('nft', document);
      return;
    }
    for (const family of FAMILIES) {
      const document = iptablesSave(plan, family);
      if (this.#inForce.get(family) === document) continue;
      await runTool(this.#namespace, restoreTool(family), [], document);
      this.#inForce.set(family, document);
    }
  }

  /** Clears the client lists of session affinity. */
  async forgetClients(): Promise<void> {
    if (this.#mode === 'iptables') {
      await runInNamespace(this.#namespace, ['sh', '-c', FORGET_RECENT]);
      return;
    }
    const sets = blocksOf(this.#inForce.get('nft') ?? '').filter(isAffinity);
    const lines = sets.map((set) => `flush ${keyOf(set)}\n`);
    await runTool(this.#namespace, 'nft', ['-f', '-'], lines.join(''));
  }
}

/** Number of IANA. */
const UDP = 17;

function staleOf(plan: NodePlan, connections: readonly KernelConnection[]): KernelDirection[] {
  const tracked = connections.map(({ original, reply }) => ({
    original,
    protocol: 'UDP',
    originalDestination: original.destination,
    originalDestinationPort: original.destinationPort,
    replySource: reply.source,
    replySourcePort: reply.sourcePort,
  }));
  return staleConnections(plan, tracked).map(({ original }) => original);
}

/** xt_recent's lists of the namespace; "/" empties one (xt_recent.c, recent_mt_proc_write). */
const FORGET_RECENT = 'for list in /proc/net/xt_recent/*; do if [ -f "$list" ]; then echo / > "$list"; fi; done';

/**
 * Always answers unroutable packets at once: the kernel's own answer is rate-limited per peer (ip_error). It runs
 * after destinations are rewritten, so that it sees the endpoint.
 */
const UNREACHABLE_CHAIN = `\tchain unreachable {
\t\ttype filter hook prerouting priority filter; policy accept;
\t\tfib daddr type unicast fib daddr oif missing reject with icmp host-unreachable
\t}
`;

/** The fabric's own table. */
export const FABRIC_TABLE = `table ip kubewire {\n${UNREACHABLE_CHAIN}}\n`;

/**
 * A node's tables beside kube-proxy's. The CNI's part: what pods send out of the cluster gets the node's address.
 * @param pods CIDRs of this node's pods
 * @param keep CIDRs towards which pods keep their own address
 */
export function nodeTables(pods: readonly string[], keep: readonly string[]): string {
  const tables = FAMILIES.map((family) => {
    const ip = family === 'IPv6' ? 'ip6' : 'ip';
    const own = (text: string): boolean => familyOf(text) === family;
    const from = pods.filter(own).join(', ');
    const to = keep.filter(own).join(', ');
    const spared = to === '' ? '' : `${ip} daddr != { ${to} } `;
    const egress = `\tchain egress {
\t\ttype nat hook postrouting priority srcnat + 1; policy accept;
\t\toifname "eth0" ${ip} saddr { ${from} } ${spared}masquerade fully-random
\t}
`;
    return `table ${ip} kubewire {\n${from === '' ? '' : egress}${family === 'IPv4' ? UNREACHABLE_CHAIN : ''}}\n`;
  });
  return tables.join('');
}
