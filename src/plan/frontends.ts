// frontends.ts - the addresses and ports on which a Service answers, and the node addresses on which NodePorts answer.
import { canonicalAddress, contains, type Family, familyOf, mustAddress, parseCidr } from '../model/address.js';
import type { Service } from '../model/objects.js';
import { canonicalCidrs } from './config.js';
import type { NodeView, ProxyConfig } from './plan.js';

/** The addresses of a Service in one family: canonical, without duplicates. */
export interface ServiceAddresses {
  readonly clusterIP: string;
  readonly externalIPs: readonly string[];
  readonly loadBalancerIPs: readonly string[];
  /** Empty = no filter. */
  readonly sourceRanges: readonly string[];
}

const NONE: readonly string[] = [];

/** Canonical text of the addresses in the family, without duplicates. */
function ofFamily(texts: readonly (string | undefined)[], family: Family): readonly string[] {
  if (texts.length === 0) return NONE;
  // Most Services have one address.
  if (texts.length === 1) {
    const only = texts[0] === undefined ? null : canonicalAddress(texts[0], family);
    return only === null ? NONE : [only];
  }
  const found = new Set<string>();
  for (const text of texts) {
    const address = text === undefined ? null : canonicalAddress(text, family);
    if (address !== null) found.add(address);
  }
  return [...found];
}

/** A range of length 0 admits everybody, so it switches the filter off (pkg/proxy/serviceport.go). */
function sourceRanges(service: Service, family: Family): string[] {
  if (!service.spec.loadBalancerSourceRanges) return [];
  const ranges = canonicalCidrs(service.spec.loadBalancerSourceRanges).filter((text) => familyOf(text) === family);
  return ranges.some((text) => text.endsWith('/0')) ? [] : ranges;
}

/**
 * Where a Service answers in one family. Null when it has no cluster IP in the family: kube-proxy then skips it,
 * NodePorts included. Ingress points with ipMode Proxy or with host names are not kube-proxy's business.
 */
export function serviceAddresses(service: Service, family: Family): ServiceAddresses | null {
  const { spec } = service;
  const clusterIPs = spec.clusterIPs?.length ? spec.clusterIPs : [spec.clusterIP];
  const clusterIP = ofFamily(clusterIPs, family)[0];
  if (clusterIP === undefined) return null;
  const ingress = service.status?.loadBalancer?.ingress;
  const captured = ingress?.filter((point) => point.ipMode === undefined || point.ipMode === 'VIP');
  return {
    clusterIP,
    externalIPs: ofFamily(spec.externalIPs ?? NONE, family),
    loadBalancerIPs: ofFamily(captured?.map((point) => point.ip) ?? NONE, family),
    sourceRanges: sourceRanges(service, family),
  };
}

/** True for Services that kube-proxy ignores (pkg/proxy/util ShouldSkipService, and its label selector). */
export function isSkipped(service: Service): boolean {
  const { type, clusterIP, clusterIPs } = service.spec;
  const ip = clusterIP ?? clusterIPs?.[0] ?? '';
  return (
    ip === '' ||
    ip === 'None' ||
    type === 'ExternalName' ||
    'service.kubernetes.io/service-proxy-name' in (service.metadata.labels ?? {})
  );
}

const isLoopback = (text: string): boolean => text.startsWith('127.') || text === '::1';

/** The CIDRs of --nodeport-addresses for one family; null = every address. */
export function nodePortCidrs(node: NodeView, config: ProxyConfig, family: Family): string[] | null {
  const isFamily = (text: string): boolean => familyOf(text) === family;
  const primary =
    config.nodePortAddresses[0] === 'primary' ||
    (config.nodePortAddresses.length === 0 && config.proxyMode === 'nftables');
  if (primary) {
    const own = node.nodeIPs.filter(isFamily).map((text) => `${text}/${family === 'IPv4' ? 32 : 128}`);
    return own.length > 0 ? own : null;
  }
  const cidrs = canonicalCidrs(config.nodePortAddresses).filter(isFamily);
  return cidrs.length === 0 || cidrs.some((text) => text.endsWith('/0')) ? null : cidrs;
}

/** Localhost NodePorts: only for iptables and IPv4, and only if the flag and --nodeport-addresses permit them. */
function answersOnLoopback(config: ProxyConfig, family: Family): boolean {
  return config.proxyMode === 'iptables' && family === 'IPv4' && config.localhostNodePorts;
}

/** Every local address of the node as canonical text, each with whether NodePorts answer on it. */
export function localAddresses(node: NodeView, config: ProxyConfig): { address: string; nodePort: boolean }[] {
  const all = ['IPv4', 'IPv6'] as const;
  return all.flatMap((family) => {
    const cidrs = nodePortCidrs(node, config, family)?.map((text) => parseCidr(text));
    return ofFamily([...node.nodeIPs, ...node.localAddresses], family).map((address) => {
      const inRange = !cidrs || cidrs.some((cidr) => cidr && contains(cidr, mustAddress(address)));
      return { address, nodePort: inRange && (!isLoopback(address) || answersOnLoopback(config, family)) };
    });
  });
}
