// ranges.ts - flags for the cluster of a lab: kube-proxy's flags, address ranges, the load balancer's pool.
import type { Command } from 'commander';
import { poolRange } from '../../allocate/pool.js';
import { CLUSTER_DOMAIN, type ClusterRanges } from '../../topology/topology.js';
import { usage } from '../failure.js';
import { configOf, list, type ProxyFlags, proxyOptions } from '../packets/proxyflags.js';
import { wholeNumber } from './number.js';

export interface LabRangeFlags extends ProxyFlags {
  loadBalancerPool?: string[];
  maxEndpointsPerSlice?: string;
  masqueradePorts?: string;
  clusterDomain?: string;
  recorded?: boolean;
}

/** The API server refuses larger slices. */
const MAX_ENDPOINTS = 1000;

export function labRangeOptions(command: Command): Command {
  return proxyOptions(command, false)
    .option('--recorded', 'with --nodes 0: objects bring status, uid and deletionTimestamp of another cluster')
    .option('--max-endpoints-per-slice <count>', 'endpoints in one EndpointSlice at most (default 100)')
    .option('--masquerade-ports <range>', 'source ports that nodes masquerade with (default 1024-65535)')
    .option('--cluster-domain <name>', `the zone of the cluster's names (default ${CLUSTER_DOMAIN})`)
    .option(
      '--load-balancer-pool <ranges>',
      'addresses for LoadBalancer Services: FIRST-LAST or CIDR, or "none": they stay pending',
      list,
    );
}

/** How the flags change the default lab; throws wrong usage for what makes no sense. */
export function labRanges(flags: LabRangeFlags, verb: string): ClusterRanges {
  const { proxyMode: _, clusterCIDR, serviceClusterIPRange, serviceNodePortRange, ...proxy } = configOf(flags, verb);
  const pool = poolOf(flags, verb);
  const { maxEndpointsPerSlice: most } = flags;
  return {
    ...(clusterCIDR ? { clusterCIDRs: clusterCIDR } : {}),
    ...(serviceClusterIPRange ? { serviceCIDRs: serviceClusterIPRange } : {}),
    ...(serviceNodePortRange ? { nodePortRange: serviceNodePortRange } : {}),
    ...(pool ? { loadBalancerPool: pool } : {}),
    ...(most === undefined
      ? {}
      : { maxEndpointsPerSlice: wholeNumber(most, '--max-endpoints-per-slice', verb, 1, MAX_ENDPOINTS) }),
    ...(flags.masqueradePorts === undefined ? {} : { masqueradePorts: portsOf(flags.masqueradePorts, verb) }),
    ...(flags.clusterDomain === undefined ? {} : { clusterDomain: domainOf(flags.clusterDomain, verb) }),
    ...(flags.recorded ? { recorded: true } : {}),
    ...(Object.keys(proxy).length > 0 ? { proxy } : {}),
  };
}

/** `61000-61999` → first and last. */
function portsOf(text: string, verb: string): readonly [number, number] {
  const [first = 0, last = 0] = /^(\d+)-(\d+)$/.exec(text)?.slice(1).map(Number) ?? [];
  if (first >= 1 && first <= last && last <= 65_535) return [first, last];
  throw usage(`--masquerade-ports must be FIRST-LAST, such as 61000-61999, not "${text}"`, verb);
}

function domainOf(text: string, verb: string): string {
  const name = text.replace(/\.$/, '');
  const label = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/;
  if (name.length > 200 || !name.split('.').every((part) => label.test(part)))
    throw usage(`--cluster-domain: "${text}" is no name of a zone, such as ${CLUSTER_DOMAIN}`, verb);
  return name;
}

function poolOf({ loadBalancerPool: ranges }: LabRangeFlags, verb: string): ClusterRanges['loadBalancerPool'] {
  if (ranges === undefined) return undefined;
  if (ranges.length === 0 || ranges[0] === 'none') return [];
  return ranges.map((text) => {
    const range = poolRange(text);
    if (!range) throw usage(`--load-balancer-pool: "${text}" is neither FIRST-LAST nor a CIDR`, verb);
    return range;
  });
}
