// iptables-rules.ts - the text of every rule that a Service port has in iptables mode, as iptables-save prints it.
//
// Source of names, comments and order: pkg/proxy/iptables/proxier.go (v1.36).
import type { Family } from '../model/address.js';
import { hostCidr } from '../model/address.js';
import { nodePortCidrs } from '../plan/frontends.js';
import type { NodePlan, PlanEndpoint, PlanFrontendKind, PlanServicePort } from '../plan/plan.js';
import { iptablesChain, iptablesEndpointChain } from './names.js';
import { countMatch, LOCALHOST_ACCEPTED } from './nfacct.js';

export interface IptablesRule {
  readonly table: 'nat' | 'filter';
  readonly chain: string;
  readonly text: string;
}

const nat = (chain: string, text: string): IptablesRule => ({ table: 'nat', chain, text });
const filter = (chain: string, text: string): IptablesRule => ({ table: 'filter', chain, text });
const comment = (text: string): string => `-m comment --comment "${text}"`;

/** `-A KUBE-SERVICES …`; an empty text means a rule without matches and target. */
export const lineOf = ({ chain, text }: IptablesRule): string => `-A ${chain} ${text}`;

/** `-p tcp -m comment --comment "…" -m tcp --dport 80` */
function portMatch(protocol: string, said: string, port: number): string {
  const word = protocol.toLowerCase();
  return `-p ${word} ${comment(said)} -m ${word} --dport ${port}`;
}

/** The chain of one policy: KUBE-SVL- for Local, KUBE-SVC- for Cluster. */
export const policyChain = (service: PlanServicePort, list: 'cluster' | 'local'): string =>
  iptablesChain(list === 'local' ? 'KUBE-SVL-' : 'KUBE-SVC-', service);

export const externalChain = (service: PlanServicePort): string => iptablesChain('KUBE-EXT-', service);
export const firewallChain = (service: PlanServicePort): string => iptablesChain('KUBE-FW-', service);

const ADDRESS_WORDS: Readonly<Record<PlanFrontendKind, string>> = {
  ClusterIP: ' cluster IP',
  ExternalIP: ' external IP',
  LoadBalancer: ' loadbalancer IP',
  NodePort: '',
  HealthCheck: '',
  HostPort: '',
};

/** From KUBE-SERVICES (NodePorts: from KUBE-NODEPORTS) to the Service's own chain. */
export function captureRule(
  service: PlanServicePort,
  frontend: { readonly kind: PlanFrontendKind; readonly address: string; readonly port: number },
  target: string,
): IptablesRule {
  const match = portMatch(service.protocol, service.name + ADDRESS_WORDS[frontend.kind], frontend.port);
  if (frontend.kind === 'NodePort') return nat('KUBE-NODEPORTS', `${match} -j ${target}`);
  return nat('KUBE-SERVICES', `-d ${hostCidr(frontend.address)} ${match} -j ${target}`);
}

/** Counts connections to a NodePort on a loopback address. They then go where the others go. */
export function loopbackRule(service: PlanServicePort, port: number): IptablesRule {
  const match = portMatch(service.protocol, service.name, port);
  const count = countMatch(LOCALHOST_ACCEPTED);
  return nat('KUBE-NODEPORTS', `-d 127.0.0.0/8 ${match} ${count}-j ${externalChain(service)}`);
}

/** The jump to the NodePorts, for the node's own addresses. It is the last rule of KUBE-SERVICES. */
export function nodePortsJump({ node, config }: NodePlan, family: Family, address: string): IptablesRule {
  const note = comment('kubernetes service nodeports; NOTE: this must be the last rule in this chain');
  if (nodePortCidrs(node, config, family)) {
    return nat('KUBE-SERVICES', `-d ${hostCidr(address)} ${note} -j KUBE-NODEPORTS`);
  }
  const loopback = family === 'IPv6' ? '! -d ::1/128 ' : config.localhostNodePorts ? '' : '! -d 127.0.0.0/8 ';
  return nat('KUBE-SERVICES', `${loopback}${note} -m addrtype --dst-type LOCAL -j KUBE-NODEPORTS`);
}

/** Masquerades cluster IP traffic at the head of a policy chain. `source` is `! -s CIDR `, or empty for all traffic. */
export function clusterMasquerade(service: PlanServicePort, source: string): IptablesRule {
  const chain = policyChain(service, service.internalLocal ? 'local' : 'cluster');
  const match = portMatch(service.protocol, `${service.name} cluster IP`, service.port);
  return nat(chain, `${source}-d ${hostCidr(service.clusterIP)} ${match} -j KUBE-MARK-MASQ`);
}

/** The rules of a KUBE-EXT- chain, by purpose. */
export function externalRules(service: PlanServicePort, detector: string | null) {
  const chain = externalChain(service);
  const to = `${service.name} external destinations`;
  const cluster = policyChain(service, 'cluster');
  const local = '-m addrtype --src-type LOCAL';
  return {
    masquerade: nat(chain, `${comment(`masquerade traffic for ${to}`)} -j KUBE-MARK-MASQ`),
    pods: detector === null ? [] : [nat(chain, `-s ${detector} ${comment(`pod traffic for ${to}`)} -j ${cluster}`)],
    own: [
      nat(chain, `${comment(`masquerade LOCAL traffic for ${to}`)} ${local} -j KUBE-MARK-MASQ`),
      nat(chain, `${comment(`route LOCAL traffic for ${to}`)} ${local} -j ${cluster}`),
    ],
    rest: nat(chain, `-j ${policyChain(service, service.externalLocal ? 'local' : 'cluster')}`),
  };
}

/** One source that a KUBE-FW- chain admits. */
export const firewallAccept = (service: PlanServicePort, source: string): IptablesRule =>
  nat(
    firewallChain(service),
    `-s ${source} ${comment(`${service.name} loadbalancer IP`)} -j ${externalChain(service)}`,
  );

/** Packets that were not admitted are not rewritten, so that KUBE-PROXY-FIREWALL sees them. This rule only says so. */
export const firewallEnd = (service: PlanServicePort): IptablesRule =>
  nat(firewallChain(service), comment(`other traffic to ${service.name} will be dropped by KUBE-PROXY-FIREWALL`));

export function firewallDrop(service: PlanServicePort, address: string): IptablesRule {
  const said = `${service.name} traffic not accepted by ${firewallChain(service)}`;
  const match = portMatch(service.protocol, said, service.port);
  return filter('KUBE-PROXY-FIREWALL', `-d ${hostCidr(address)} ${match} -j DROP`);
}

/** Ends packets for which no endpoint is usable: rejects when there is none anywhere, drops when there is none here. */
export function refusalRule(
  service: PlanServicePort,
  frontend: { readonly kind: PlanFrontendKind; readonly address: string; readonly port: number },
): IptablesRule {
  const drop = service.hasAnyEndpoints;
  const said = `${service.name} has no ${drop ? 'local ' : ''}endpoints`;
  const reject = `REJECT --reject-with icmp${service.family === 'IPv6' ? '6' : ''}-port-unreachable`;
  const target = drop ? 'DROP' : reject;
  const word = service.protocol.toLowerCase();
  if (frontend.kind === 'NodePort') {
    const match = `-p ${word} ${comment(said)} -m addrtype --dst-type LOCAL -m ${word} --dport ${frontend.port}`;
    return filter('KUBE-EXTERNAL-SERVICES', `${match} -j ${target}`);
  }
  const chain = frontend.kind === 'ClusterIP' ? 'KUBE-SERVICES' : 'KUBE-EXTERNAL-SERVICES';
  const match = portMatch(service.protocol, said, frontend.port);
  return filter(chain, `-d ${hostCidr(frontend.address)} ${match} -j ${target}`);
}

export const healthCheckRule = (name: string, port: number): IptablesRule =>
  filter('KUBE-NODEPORTS', `${portMatch('TCP', `${name} health check node port`, port)} -j ACCEPT`);

/** iptables stores a probability as a multiple of 2^-31 and prints that. */
const probability = (left: number): string =>
  (Math.round(Number((1 / left).toFixed(10)) * 2 ** 31) / 2 ** 31).toFixed(11);

const recentName = (chain: string, service: PlanServicePort): string => {
  const mask = service.family === 'IPv6' ? 'ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff' : '255.255.255.255';
  return `--name ${chain} --mask ${mask} --rsource`;
};

/** @param said false in clusters with more than 1,000 endpoints, where kube-proxy leaves the comments out */
const ways = (service: PlanServicePort, endpoint: PlanEndpoint, said: boolean): string =>
  said ? `${comment(`${service.name} -> ${endpoint.name}`)} ` : '';

/** Sends a client back to its previous endpoint. */
export function affinityRule(
  service: PlanServicePort,
  chain: string,
  endpoint: PlanEndpoint,
  said = true,
): IptablesRule {
  const own = iptablesEndpointChain(service, endpoint);
  const recent = `-m recent --rcheck --seconds ${service.affinitySeconds} --reap ${recentName(own, service)}`;
  return nat(chain, `${ways(service, endpoint, said)}${recent} -j ${own}`);
}

/** The cascade: endpoint number i of n takes 1/(n-i) of the packets that get this far. */
export function cascadeRule(
  service: PlanServicePort,
  chain: string,
  list: readonly PlanEndpoint[],
  index: number,
  said = true,
): IptablesRule {
  const endpoint = list[index] as PlanEndpoint;
  const left = list.length - index;
  const statistic = left > 1 ? `-m statistic --mode random --probability ${probability(left)} ` : '';
  return nat(chain, `${ways(service, endpoint, said)}${statistic}-j ${iptablesEndpointChain(service, endpoint)}`);
}

/** The rules of a KUBE-SEP- chain: masquerade hairpin traffic, then rewrite. */
export function endpointRules(service: PlanServicePort, endpoint: PlanEndpoint, said = true) {
  const own = iptablesEndpointChain(service, endpoint);
  const note = said ? `${comment(service.name)} ` : '';
  const word = service.protocol.toLowerCase();
  const recent = service.affinitySeconds > 0 ? `-m recent --set ${recentName(own, service)} ` : '';
  const target = endpoint.name;
  return {
    hairpin: nat(own, `-s ${hostCidr(endpoint.address)} ${note}-j KUBE-MARK-MASQ`),
    rewrite: nat(own, `-p ${word} ${note}${recent}-m ${word} -j DNAT --to-destination ${target}`),
  };
}

export const MASQUERADE_RULE = nat(
  'KUBE-POSTROUTING',
  `${comment('kubernetes service traffic requiring SNAT')} -j MASQUERADE --random-fully`,
);
