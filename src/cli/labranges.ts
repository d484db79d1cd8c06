// labranges.ts - what a user can say of the cluster of a lab: kube-proxy's flags, address ranges, the load balancer's pool.
import type { Command } from 'commander';
import { poolRange } from '../allocate/pool.js';
import type { ClusterRanges } from '../lab/topology.js';
import { usage } from './failure.js';
import { configOf, list, type ProxyFlags, proxyOptions } from './proxyflags.js';

export interface LabRangeFlags extends ProxyFlags {
  loadBalancerPool?: string[];
}

export function labRangeOptions(command: Command): Command {
  return proxyOptions(command, false).option(
    '--load-balancer-pool <ranges>',
    'addresses for LoadBalancer Services: FIRST-LAST or CIDR, or "none": they stay pending',
    list,
  );
}

/** What the flags change of the default lab; throws wrong usage for what makes no sense. */
export function labRanges(flags: LabRangeFlags, verb: string): ClusterRanges {
  const { proxyMode: _, clusterCIDR, serviceClusterIPRange, serviceNodePortRange, ...proxy } = configOf(flags, verb);
  if (proxy.localhostNodePorts) {
    throw usage('the nodes of a lab keep 127.0.0.1 to themselves: --localhost-nodeports is for trace', verb);
  }
  const pool = poolOf(flags, verb);
  return {
    ...(clusterCIDR ? { clusterCIDRs: clusterCIDR } : {}),
    ...(serviceClusterIPRange ? { serviceCIDRs: serviceClusterIPRange } : {}),
    ...(serviceNodePortRange ? { nodePortRange: serviceNodePortRange } : {}),
    ...(pool ? { loadBalancerPool: pool } : {}),
    ...(Object.keys(proxy).length > 0 ? { proxy } : {}),
  };
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
