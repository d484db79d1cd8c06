// host.ts - host patterns of Ingress and Gateway API: what they match, which is more specific, what two have in common.

/** `` any host, `web.example` that one, `*.example` one label more (Ingress) or any number of them (Gateway API). */
export interface HostPattern {
  /** Lower case. */
  readonly text: string;
  /** Of a wildcard: how many labels its star stands for. */
  readonly star: 'one label' | 'labels';
}

/** The host of any request. */
export const ANY_HOST: HostPattern = { text: '', star: 'labels' };

/** networking.k8s.io/v1 IngressRule.host: a star is exactly one label. */
export const ingressHost = (text = ''): HostPattern => ({ text: text.toLowerCase(), star: 'one label' });

/** gateway.networking.k8s.io/v1 Hostname: a star is one label or more. */
export const gatewayHost = (text = ''): HostPattern => ({ text: text.toLowerCase(), star: 'labels' });

/** `Web.Example.:8080` → `web.example`; an IPv6 address loses its brackets. */
export function hostOfRequest(header: string): string {
  const [, host = ''] = /^(\[[^\]]*\]|[^:]*)/.exec(header.trim()) ?? [];
  return host
    .toLowerCase()
    .replace(/\.$/, '')
    .replace(/^\[|\]$/g, '');
}

const isWild = ({ text }: HostPattern): boolean => text.startsWith('*.');

/** @param host lower case, without a port */
export function hostMatches(pattern: HostPattern, host: string): boolean {
  if (!isWild(pattern)) return pattern.text === '' || pattern.text === host;
  const suffix = pattern.text.slice(1);
  const star = host.slice(0, -suffix.length);
  return host.endsWith(suffix) && star !== '' && (pattern.star === 'labels' || !star.includes('.'));
}

/** Negative: `a` comes first. Whole names before wildcards, long wildcards before short ones, any host at the end. */
export function compareHosts(a: HostPattern, b: HostPattern): number {
  const rank = (pattern: HostPattern): number => (pattern.text === '' ? 2 : Number(isWild(pattern)));
  if (rank(a) !== 1 || rank(b) !== 1) return rank(a) - rank(b);
  return b.text.length - a.text.length || Number(a.star === 'labels') - Number(b.star === 'labels');
}

/** The more special of two patterns that hosts can match both; null: no host matches both. */
export function intersectHosts(a: HostPattern, b: HostPattern): HostPattern | null {
  if (a.text === '' || a.text === b.text) return b;
  if (b.text === '') return a;
  if (isWild(a) && isWild(b)) {
    const [long, short] = a.text.length > b.text.length ? [a, b] : [b, a];
    return long.text.endsWith(short.text.slice(1)) ? long : null;
  }
  if (isWild(a)) return hostMatches(a, b.text) ? b : null;
  return isWild(b) && hostMatches(b, a.text) ? a : null;
}
