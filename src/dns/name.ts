// name.ts - DNS names of a cluster: their parts, the labels of endpoints, and the names of addresses read backwards.
import { formatAddress, parseAddress } from '../model/address.js';

/** A name with its closing dot. */
export const absolute = (name: string): string => (name.endsWith('.') ? name : `${name}.`);

/** The name by which things are looked up: names are compared without regard to case (RFC 1035 §2.3.3). */
export const folded = (name: string): string => absolute(name).toLowerCase();

/** The labels of a name from left to right; none for the root. */
const labelsOf = (name: string): string[] => name.split('.').filter((label) => label !== '');

/** The labels in front of a zone; null for a name that is not in it. Both folded. */
export function below(name: string, zone: string): string[] | null {
  if (name === zone) return [];
  return name.endsWith(`.${zone}`) ? labelsOf(name.slice(0, -zone.length - 1)) : null;
}

/**
 * The label under which DNS knows an endpoint of a headless Service: its hostname, else its address with dashes.
 * (Kubernetes DNS specification 2.4.1; a dash at the end gets a 0, as in CoreDNS.)
 */
export function endpointLabel(address: string, hostname: string | undefined): string {
  if (hostname) return hostname;
  const label = address.replaceAll(/[.:]/g, '-');
  return label.endsWith('-') ? `${label}0` : label;
}

/** The address in the label of a pod: `10-1-2-3` or `fd00--1`; null if there is none. */
export function addressInLabel(label: string): string | null {
  const dashes = label.split('-').length - 1;
  const text = dashes === 3 && !label.includes('--') ? label.replaceAll('-', '.') : label.replaceAll('-', ':');
  const address = parseAddress(text);
  return address ? formatAddress(address) : null;
}

const V4 = 'in-addr.arpa.';
const V6 = 'ip6.arpa.';

export const isReverse = (name: string): boolean => name.endsWith(`.${V4}`) || name.endsWith(`.${V6}`);

/** The address whose name read backwards this is (RFC 1035 §3.5, RFC 3596 §2.5); null for parts of one and other names. */
export function addressOfReverse(name: string): string | null {
  const v4 = below(name, V4);
  const v6 = below(name, V6);
  const text =
    v4?.length === 4
      ? [...v4].reverse().join('.')
      : v6?.length === 32 && v6.every((nibble) => /^[0-9a-f]$/.test(nibble))
        ? [...v6]
            .reverse()
            .join('')
            .replace(/.{4}(?!$)/g, '$&:')
        : '';
  const address = parseAddress(text);
  return address ? formatAddress(address) : null;
}
