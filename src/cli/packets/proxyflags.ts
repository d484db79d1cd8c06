// proxyflags.ts - kube-proxy's own flags and those of the cluster around it, under their own names: spelled, read, judged.
import type { Command } from 'commander';
import { STRATEGY_NAMES, strategyNamed } from '../../compile/strategy.js';
import { durationSeconds } from '../../model/duration.js';
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
  conntrackTcpBeLiberal?: string;
  conntrackTcpTimeoutEstablished?: string;
  conntrackTcpTimeoutCloseWait?: string;
  conntrackUdpTimeout?: string;
  conntrackUdpTimeoutStream?: string;
}

/** Comma lists and repeated flags both add up. Empty words are left out. */
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
    .option('--maglev-table-size <prime>', `slots of a ring: ${MAGLEV_SIZES.join(', ')} (default 16381)`)
    .addOption(boolean(command, '--conntrack-tcp-be-liberal', 'let pass TCP segments outside of the window'))
    .option('--conntrack-tcp-timeout-established <duration>', 'of a silent connection (default 24h), 0s: 5 days')
    .option('--conntrack-tcp-timeout-close-wait <duration>', 'of one that was half closed (default 1h), 0s: 60s')
    .option('--conntrack-udp-timeout <duration>', 'of UDP without an answer (default 0s: 30s)')
    .option('--conntrack-udp-timeout-stream <duration>', 'of UDP in both directions (default 0s: 120s)');
}

const boolean = (command: Command, flag: string, text: string) =>
  command.createOption(`${flag} [bool]`, text).preset('true');

function truth(value: string | undefined, flag: string, verb: string): boolean | undefined {
  if (value === undefined) return undefined;
  if (/^(true|t|1|)$/i.test(value)) return true;
  if (/^(false|f|0)$/i.test(value)) return false;
  throw usage(`${flag} is true or false, not "${value}"`, verb);
}

function seconds(value: string | undefined, flag: string, verb: string): number | undefined {
  if (value === undefined) return undefined;
  const read = durationSeconds(value);
  if (read !== null) return read;
  throw usage(`${flag} is a duration such as 90s, 1h30m or 24h, not "${value}"`, verb);
}

/** What --conntrack-* say. */
function conntrackOf(flags: ProxyFlags, verb: string): Partial<ProxyConfig> {
  const { conntrackTcpTimeoutEstablished: silent, conntrackTcpTimeoutCloseWait: halfClosed } = flags;
  const liberal = truth(flags.conntrackTcpBeLiberal, '--conntrack-tcp-be-liberal', verb);
  const established = seconds(silent, '--conntrack-tcp-timeout-established', verb);
  const closeWait = seconds(halfClosed, '--conntrack-tcp-timeout-close-wait', verb);
  const udp = seconds(flags.conntrackUdpTimeout, '--conntrack-udp-timeout', verb);
  const udpStream = seconds(flags.conntrackUdpTimeoutStream, '--conntrack-udp-timeout-stream', verb);
  return {
    ...(liberal === undefined ? {} : { conntrackTCPBeLiberal: liberal }),
    ...(established === undefined ? {} : { conntrackTCPTimeoutEstablished: established }),
    ...(closeWait === undefined ? {} : { conntrackTCPTimeoutCloseWait: closeWait }),
    ...(udp === undefined ? {} : { conntrackUDPTimeout: udp }),
    ...(udpStream === undefined ? {} : { conntrackUDPTimeoutStream: udpStream }),
  };
}

/** The strategy that was asked for. */
export function strategyOf(flags: ProxyFlags, verb: string): string {
  const name = flags.strategy ?? (flags.proxyMode === '' ? undefined : flags.proxyMode) ?? 'nftables';
  if (STRATEGY_NAMES.includes(name)) return name;
  throw usage(`unknown strategy "${name}", use ${STRATEGY_NAMES.join(', ')}`, verb);
}

/** Drops options that the command line does not set. */
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
    ...conntrackOf(flags, verb),
  };
  const [issue] = validateConfig({ ...DEFAULT_CONFIG, ...config });
  if (issue) throw usage(issue.message, verb);
  return config;
}
