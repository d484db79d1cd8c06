// names.ts - kube-proxy's names for chains and sets, including the hashes (pkg/proxy/{iptables,nftables}/proxier.go).
import { createHash } from 'node:crypto';
import type { PlanEndpoint, PlanServicePort } from '../plan/plan.js';

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

/** RFC 4648 base32 of the SHA-256 of a text, cut to `length` characters. */
function base32Hash(text: string, length: number): string {
  const digest = createHash('sha256').update(text).digest();
  let letters = '';
  let bits = 0;
  let value = 0;
  for (const byte of digest) {
    value = ((value << 8) | byte) & 0xffff;
    bits += 8;
    while (bits >= 5 && letters.length < length) {
      letters += ALPHABET[(value >>> (bits - 5)) & 31];
      bits -= 5;
    }
  }
  return letters;
}

const protocolOf = (port: PlanServicePort): string => port.protocol.toLowerCase();

type IptablesPrefix = 'KUBE-SVC-' | 'KUBE-SVL-' | 'KUBE-EXT-' | 'KUBE-FW-';

/** `KUBE-SVC-NPX46M4PTMTKRN6Y` */
export const iptablesChain = (prefix: IptablesPrefix, port: PlanServicePort): string =>
  prefix + base32Hash(port.name + protocolOf(port), 16);

/** `KUBE-SEP-…` of one endpoint of a Service port. */
export const iptablesEndpointChain = (port: PlanServicePort, endpoint: PlanEndpoint): string =>
  `KUBE-SEP-${base32Hash(port.name + protocolOf(port) + endpoint.name, 16)}`;

/** Longest base of an nftables name: the kernel's 256, less 16 for a prefix. */
const BASE_LENGTH = 240;

function hashAndTruncate(name: string): string {
  const full = `${base32Hash(name, 8)}-${name}`;
  return full.length > BASE_LENGTH ? `${full.slice(0, BASE_LENGTH - 3)}...` : full;
}

const nftablesBase = (port: PlanServicePort): string =>
  `${port.namespace}/${port.service}/${protocolOf(port)}/${port.portName}`;

type NftablesPrefix = 'service-' | 'local-' | 'external-' | 'firewall-';

/** `service-ULMVA6XW-ns1/svc1/tcp/p80` */
export const nftablesChain = (prefix: NftablesPrefix, port: PlanServicePort): string =>
  prefix + hashAndTruncate(nftablesBase(port));

const nftablesEndpointBase = (port: PlanServicePort, endpoint: PlanEndpoint): string =>
  // Colons are not allowed in nftables names.
  hashAndTruncate(`${nftablesBase(port)}__${endpoint.address.replaceAll(':', '.')}/${endpoint.port}`);

/** The chain of one endpoint. Only Services with session affinity have such chains. */
export const nftablesEndpointChain = (port: PlanServicePort, endpoint: PlanEndpoint): string =>
  `endpoint-${nftablesEndpointBase(port, endpoint)}`;

/** The set of clients that are bound to an endpoint. */
export const nftablesAffinitySet = (port: PlanServicePort, endpoint: PlanEndpoint): string =>
  `affinity-${nftablesEndpointBase(port, endpoint)}`;
