// settings.ts - how the kube-proxy of a node was configured, from what it says of itself (/configz), as far as rules depend on it.
import type { ProxyConfig } from '../plan/plan.js';

/** KubeProxyConfiguration of kubeproxy.config.k8s.io/v1alpha1. */
interface ProxyConfiguration {
  readonly mode?: string;
  readonly clusterCIDR?: string;
  readonly detectLocalMode?: string;
  readonly nodePortAddresses?: readonly string[] | null;
  readonly iptables?: { readonly masqueradeAll?: boolean; readonly localhostNodePorts?: boolean | null };
  readonly nftables?: { readonly masqueradeAll?: boolean };
  readonly ipvs?: { readonly scheduler?: string };
}

/** The document at /configz; null for any other text. */
export function configurationIn(text: string | undefined): ProxyConfiguration | null {
  try {
    const { kubeproxyconfig } = JSON.parse(text ?? '') as { kubeproxyconfig?: ProxyConfiguration };
    return kubeproxyconfig ?? null;
  } catch {
    return null;
  }
}

const listOf = (text: string): string[] => text.split(',').filter((part) => part !== '');

/** What it sets. Ways to tell pods by their interfaces are none that a plan knows, and are left out. */
export function settingsOf(configuration: ProxyConfiguration): Partial<ProxyConfig> {
  const { mode, clusterCIDR, detectLocalMode: detect, nodePortAddresses, iptables, nftables, ipvs } = configuration;
  const masqueradeAll = (mode === 'nftables' ? nftables : iptables)?.masqueradeAll;
  const localhost = iptables?.localhostNodePorts ?? undefined;
  return {
    // Without one, and told nothing else, kube-proxy takes no packet for one of a pod.
    ...(clusterCIDR === undefined ? {} : { clusterCIDR: listOf(clusterCIDR) }),
    ...(detect === 'ClusterCIDR' || detect === 'NodeCIDR' ? { detectLocalMode: detect } : {}),
    ...(nodePortAddresses?.length ? { nodePortAddresses: [...nodePortAddresses] } : {}),
    ...(masqueradeAll === undefined ? {} : { masqueradeAll }),
    ...(localhost === undefined ? {} : { localhostNodePorts: localhost }),
    ...(ipvs?.scheduler ? { ipvsScheduler: ipvs.scheduler } : {}),
  };
}
