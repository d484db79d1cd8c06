// proxyflags.ts - kube-proxy's own flags and those of the cluster around it, under their own names: spelled, read, judged.
import type { Command } from 'commander';
import { STRATEGY_NAMES, strategyNamed } from '../../compile/strategy.js';
import { DEFAULT_CONFIG, MAGLEV_SIZES, validateConfig } from '../../plan/config.js';
import type { ProxyConfig } from '../../plan/plan.js';
import { usage } from '../failure.js';

export interface ProxyFlags {
  strategy?: string;
  proxyMode?: string;
  clusterCidr?: string[];
  detectLocalMode?: string;
  masqueradeAll?: string;
  nodeportAddresses?: string[];
  localhostNodeports?: string;
  iptablesLocalhostNodeports?: string;
  serviceClusterIpRange?: string[];
  serviceNodePortRange?: string;
  ipvsScheduler?: string;
  ebpfMaglev?: string;
  maglevTableSize?: string;
}

/** Comma lists and repeated flags both add up; empty words are left out. */
export const list = (value: string, before: string[] = []): string[] => [
  ...before,
  ...value
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== ''),
];

/**
 * Adds the flags.
 * @param open lists may go on without repeating the flag; not for verbs with arguments
 */
export function proxyOptions(command: Command, open: boolean): Command {
  const dots = open ? '...' : '';
  return command
    .option('--proxy-mode <mode>', 'nftables, iptables or ipvs')
    .option(`--cluster-cidr <cidr${dots}>`, 'where pods are, one a family', list)
    .option('--detect-local-mode <mode>', 'ClusterCIDR, NodeCIDR or none')
    .addOption(boolean(command, '--masquerade-all', 'masquerade all traffic to cluster IPs'))
    .option(`--nodeport-addresses <cidr${dots}>`, 'CIDRs on which NodePorts answer, or primary', list)
    .addOption(boolean(command, '--localhost-nodeports', 'NodePorts on 127.0.0.1 (default true)'))
    .addOption(boolean(command, '--iptables-localhost-nodeports', 'the same').hideHelp())
    .option(`--service-cluster-ip-range <cidr${dots}>`, "the cluster's Service ranges, one a family", list)
    .option('--service-node-port-range <range>', "the cluster's NodePorts (default 30000-32767)")
    .option('--ipvs-scheduler <name>', 'scheduler of IPVS (default rr)')
    .addOption(boolean(command, '--ebpf-maglev', 'strategy ebpf: choose by Maglev rings instead of at random'))
    .option('--maglev-table-size <prime>', `slots of a ring: ${MAGLEV_SIZES.join(', ')} (default 16381)`);
}

const boolean = (command: Command, flag: string, text: string) =>
  command.createOption(`${flag} [bool]`, text).preset('true');

function truth(value: string | undefined, flag: string, verb: string): boolean | undefined {
  if (value === undefined) return undefined;
  if (/^(true|t|1|)$/i.test(value)) return true;
  if (/^(false|f|0)$/i.test(value)) return false;
  throw usage(`${flag} is true or false, not "${value}"`, verb);
}

/** The strategy that is asked for. */
export function strategyOf(flags: ProxyFlags, verb: string): string {
  const name = flags.strategy ?? (flags.proxyMode === '' ? undefined : flags.proxyMode) ?? 'nftables';
  if (STRATEGY_NAMES.includes(name)) return name;
  throw usage(`unknown strategy "${name}", use ${STRATEGY_NAMES.join(', ')}`, verb);
}

/** Drops what the command line leaves open. */
export function configOf(flags: ProxyFlags, verb: string): Partial<ProxyConfig> {
  const mode = flags.detectLocalMode?.toLowerCase();
  const detect = { clustercidr: 'ClusterCIDR', nodecidr: 'NodeCIDR', none: 'none', '': 'none' } as const;
  const masqueradeAll = truth(flags.masqueradeAll, '--masquerade-all', verb);
  const localhost = truth(flags.localhostNodeports ?? flags.iptablesLocalhostNodeports, '--localhost-nodeports', verb);
  const maglev = truth(flags.ebpfMaglev, '--ebpf-maglev', verb);
  const detectLocalMode = mode === undefined ? undefined : detect[mode as keyof typeof detect];
  if (mode !== undefined && detectLocalMode === undefined) {
    throw usage(`unknown --detect-local-mode "${flags.detectLocalMode}", use ClusterCIDR, NodeCIDR or none`, verb);
  }
  const config: Partial<ProxyConfig> = {
    proxyMode: strategyNamed(strategyOf(flags, verb)).mode,
    ...(flags.clusterCidr ? { clusterCIDR: flags.clusterCidr } : {}),
    ...(detectLocalMode ? { detectLocalMode } : {}),
    ...(masqueradeAll === undefined ? {} : { masqueradeAll }),
    ...(flags.nodeportAddresses ? { nodePortAddresses: flags.nodeportAddresses } : {}),
    ...(localhost === undefined ? {} : { localhostNodePorts: localhost }),
    ...(flags.serviceClusterIpRange ? { serviceClusterIPRange: flags.serviceClusterIpRange } : {}),
    ...(flags.serviceNodePortRange ? { serviceNodePortRange: flags.serviceNodePortRange } : {}),
    ...(flags.ipvsScheduler ? { ipvsScheduler: flags.ipvsScheduler } : {}),
    ...(maglev === undefined ? {} : { ebpfSelection: maglev ? 'maglev' : 'random' }),
    ...(flags.maglevTableSize ? { maglevTableSize: Number(flags.maglevTableSize) } : {}),
  };
  const [issue] = validateConfig({ ...DEFAULT_CONFIG, ...config });
  if (issue) throw usage(issue.message, verb);
  return config;
}
