// ipvs.ts - a passage as ipvsadm-save and iptables lines: virtual server, chosen real server and ipset matches.
import { familyOf } from '../model/address.js';
import type { PlanServicePort } from '../plan/plan.js';
import {
  clusterMark,
  externalMark,
  healthAccept,
  LOAD_BALANCER_MARK,
  SOURCE_RANGES_DROP,
  setRule,
  strayReject,
} from './ipvs-rules.js';
import { virtualServer } from './ipvs-table.js';
import { realServerLine, serverLine, serverWord } from './ipvsadm.js';
import type { RulePassage } from './passage.js';

/** The rules that mark a packet to an external frontend for masquerading. */
function externalMarks(passage: RulePassage): string[] {
  const family = familyOf(passage.destination);
  if (passage.frontend?.kind === 'NodePort') {
    return [setRule(`KUBE-NODE-PORT-${passage.protocol === 'SCTP' ? 'SCTP-HASH' : passage.protocol}`, family)];
  }
  if (passage.frontend?.kind === 'LoadBalancer') return [setRule('KUBE-LOAD-BALANCER', family), LOAD_BALANCER_MARK];
  return [externalMark(family)];
}

/** The ipset that marks the packet for masquerading. */
function masquerade(passage: RulePassage): string[] {
  switch (passage.masquerade) {
    case 'MASQUERADE_ALL':
    case 'OFF_CLUSTER':
      return [clusterMark(passage.plan, familyOf(passage.destination))];
    case 'EXTERNAL_CLUSTER':
      return externalMarks(passage);
    case 'HAIRPIN':
      return [setRule('KUBE-LOOP-BACK', familyOf(passage.destination))];
    default:
      return [];
  }
}

const server = (passage: RulePassage, service: PlanServicePort): string =>
  serverLine(virtualServer(passage.plan, service, passage.destination, passage.port, []));

function realServer(passage: RulePassage, service: PlanServicePort): string[] {
  const { endpoint } = passage;
  if (!endpoint) return [];
  const word = serverWord(service.protocol, passage.destination, passage.port);
  return [realServerLine(word, endpoint.name, endpoint.weight)];
}

const inTable = (table: string, rules: readonly string[]): string[] => rules.map((rule) => `-t ${table} ${rule}`);

export function renderIpvs(passage: RulePassage): string[] {
  const { service, outcome } = passage;
  const family = familyOf(passage.destination);
  if (outcome === 'HEALTH_CHECK') return inTable('filter', [healthAccept(family)]);
  if (outcome === 'UNKNOWN_SERVICE_PORT') return inTable('filter', [strayReject(family)]);
  if (!service) return [];
  if (outcome === 'SOURCE_RANGE') {
    return inTable('filter', [setRule('KUBE-LOAD-BALANCER-FW', family), SOURCE_RANGES_DROP]);
  }
  if (outcome === 'NO_ENDPOINTS') return [server(passage, service)];
  if (outcome !== 'dnat') return [];
  return [...inTable('nat', masquerade(passage)), server(passage, service), ...realServer(passage, service)];
}
