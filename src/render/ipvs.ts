// ipvs.ts - the virtual server, the chosen real server and the ipset matches of a passage, as ipvsadm-save and iptables.
import { formatEndpoint } from '../model/address.js';
import type { PlanServicePort } from '../plan/plan.js';
import { detectorOf, type RulePassage } from './passage.js';

const FLAGS: Readonly<Record<string, string>> = { TCP: '-t', UDP: '-u', SCTP: '--sctp-service' };

const serverOf = (passage: RulePassage): string =>
  `${FLAGS[passage.protocol] ?? '-t'} ${formatEndpoint(passage.destination, passage.port)}`;

const MARK_LINE = (match: string, comment: string, table = 'KUBE-SERVICES'): string =>
  `-t nat -A ${table} ${match}-m comment --comment "${comment}" -j KUBE-MARK-MASQ`;

/** The ipset that marks the packet for masquerading. */
function masquerade(passage: RulePassage): string[] {
  switch (passage.masquerade) {
    case 'MASQUERADE_ALL':
    case 'OFF_CLUSTER': {
      const source = passage.masquerade === 'OFF_CLUSTER' ? `! -s ${detectorOf(passage)} ` : '';
      const match = `${source}-m set --match-set KUBE-CLUSTER-IP dst,dst `;
      return [MARK_LINE(match, 'Kubernetes service cluster ip + port for masquerade purpose')];
    }
    case 'EXTERNAL_CLUSTER':
    case 'LOCAL_SOURCE': {
      const sets = { LoadBalancer: 'KUBE-LOAD-BALANCER', ExternalIP: 'KUBE-EXTERNAL-IP' } as const;
      if (passage.frontend?.kind === 'NodePort') {
        const set = `KUBE-NODE-PORT-${passage.protocol}`;
        return [
          MARK_LINE(
            `-p ${passage.protocol.toLowerCase()} -m set --match-set ${set} dst `,
            'Kubernetes nodeport for masquerade purpose',
            'KUBE-NODE-PORT',
          ),
        ];
      }
      const set = sets[passage.frontend?.kind as keyof typeof sets] ?? 'KUBE-EXTERNAL-IP';
      return [
        MARK_LINE(`-m set --match-set ${set} dst,dst `, 'Kubernetes service external address for masquerade purpose'),
      ];
    }
    case 'HAIRPIN':
      return [
        '-t nat -A KUBE-POSTROUTING -m comment --comment "Kubernetes endpoints dst ip:port, source ip for solving hairpin purpose" -m set --match-set KUBE-LOOP-BACK dst,dst,src -j MASQUERADE',
      ];
    default:
      return [];
  }
}

function virtualServer(passage: RulePassage, service: PlanServicePort): string[] {
  const scheduler = service.scheduler === '' ? passage.plan.config.ipvsScheduler : service.scheduler;
  const persistent = service.affinitySeconds > 0 ? ` -p ${service.affinitySeconds}` : '';
  return [`-A ${serverOf(passage)} -s ${scheduler}${persistent}`];
}

function realServer(passage: RulePassage): string[] {
  const { endpoint } = passage;
  if (!endpoint) return [];
  return [`-a ${serverOf(passage)} -r ${formatEndpoint(endpoint.address, endpoint.port)} -m -w ${endpoint.weight}`];
}

export function renderIpvs(passage: RulePassage): string[] {
  const { service, outcome } = passage;
  const protocol = passage.protocol.toLowerCase();
  if (outcome === 'health-check') {
    return [`-t filter -A KUBE-NODE-PORT -p ${protocol} -m set --match-set KUBE-HEALTH-CHECK-NODE-PORT dst -j ACCEPT`];
  }
  if (outcome === 'unknown-port') {
    return [
      '-t filter -A KUBE-IPVS-FILTER -m conntrack --ctstate NEW -m set --match-set KUBE-IPVS-IPS dst -j REJECT --reject-with icmp-port-unreachable',
    ];
  }
  if (!service) return [];
  if (outcome === 'source-range') {
    return [
      `-t filter -A KUBE-PROXY-FIREWALL -m set --match-set KUBE-LOAD-BALANCER-SOURCE-CIDR dst,dst,src -j RETURN`,
      `-t filter -A KUBE-SOURCE-RANGES-FIREWALL -m comment --comment "${service.name}" -j DROP`,
    ];
  }
  if (outcome === 'no-endpoints') return virtualServer(passage, service);
  if (outcome !== 'dnat') return [];
  return [...masquerade(passage), ...virtualServer(passage, service), ...realServer(passage)];
}
