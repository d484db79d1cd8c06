// proxy.ts - the way to a server: directly, or through the proxy of the kubeconfig or of the environment.
import type { Agent } from 'node:https';
import { HttpsProxyAgent } from 'https-proxy-agent';
import { SocksProxyAgent } from 'socks-proxy-agent';
import { contains, parseAddress, parseCidr } from '../model/address.js';
import { Fault } from '../model/fault.js';

type Environment = Readonly<Record<string, string | undefined>>;

const set = (environment: Environment, name: string): string =>
  environment[name] || environment[name.toLowerCase()] || '';

/** True for a host to which NO_PROXY sends directly: a name and what is below it, an address, a CIDR, or `*`. */
function isDirect(host: string, list: string): boolean {
  const address = parseAddress(host);
  return list.split(',').some((word) => {
    const rule = word.trim().toLowerCase().replace(/:\d+$/, '');
    if (rule === '') return false;
    if (rule === '*' || rule === host) return true;
    const range = parseCidr(rule);
    if (range) return address !== null && contains(range, address);
    return host.endsWith(rule.startsWith('.') ? rule : `.${rule}`);
  });
}

const isLocal = (host: string): boolean => host === 'localhost' || host === '::1' || /^127\./.test(host);

/**
 * The URL of the proxy, as Go's http.ProxyFromEnvironment finds it: never for this machine itself, unless the kubeconfig
 * says so. null: directly.
 */
export function proxyFor(server: string, own: string | undefined, environment: Environment): string | null {
  if (own) return own;
  const { protocol, hostname } = new URL(server);
  const host = hostname.replace(/^\[|\]$/g, '').toLowerCase();
  if (isLocal(host) || isDirect(host, set(environment, 'NO_PROXY'))) return null;
  return set(environment, protocol === 'https:' ? 'HTTPS_PROXY' : 'HTTP_PROXY') || null;
}

/** Connects through a proxy. Throws Fault USAGE for a kind of proxy that kubectl does not know either. */
export function agentOf(proxy: string): Agent {
  const url = URL.canParse(proxy) ? new URL(proxy) : null;
  if (url?.protocol === 'http:' || url?.protocol === 'https:') return new HttpsProxyAgent(url) as unknown as Agent;
  if (url?.protocol === 'socks5:' || url?.protocol === 'socks5h:') return new SocksProxyAgent(url) as unknown as Agent;
  throw new Fault('USAGE', `proxy "${proxy}" is of no kind that is known`, 'Use http://, https:// or socks5://.');
}
