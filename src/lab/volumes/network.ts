// network.ts - what a pod's programs read of names: /etc/resolv.conf, /etc/hosts, /etc/hostname, as a kubelet writes them.
import type { Pod } from '../../model/objects.js';

interface DnsOption {
  readonly name?: string;
  readonly value?: string;
}

interface DnsConfig {
  readonly nameservers?: readonly string[];
  readonly searches?: readonly string[];
  readonly options?: readonly DnsOption[];
}

interface HostAlias {
  readonly ip?: string;
  readonly hostnames?: readonly string[];
}

/** Where a pod is, as far as names are about it. */
export interface NamePlace {
  readonly node: string;
  /** Of the pod, one or two, one a family. */
  readonly addresses: readonly string[];
  /** Of Service kube-dns; none: the cluster has no DNS. */
  readonly nameservers: readonly string[];
  readonly clusterDomain: string;
  /** /etc/resolv.conf and /etc/hosts of this machine. */
  readonly machine: { readonly resolv: string; readonly hosts: string };
}

/** The C library reads no more (resolv.conf(5)); the kubelet leaves out the others. */
const MOST_NAMESERVERS = 3;
/** What a label of a name may have, and a host name of Linux (HOST_NAME_MAX is one more). */
const MOST_HOSTNAME = 63;

/** As kubelet's generatePodHostNameAndDomain: `spec.hostname`, else the pod's name, cut so that it is a label. */
function shortName({ metadata, spec }: Pod): string {
  return (spec.hostname || metadata.name).slice(0, MOST_HOSTNAME).replace(/[-.]+$/, '');
}

/** `HOST.SUBDOMAIN.NAMESPACE.svc.ZONE` of a pod with a subdomain; '' of any other. */
function fullName(pod: Pod, { clusterDomain }: NamePlace): string {
  const { subdomain } = pod.spec;
  return subdomain ? `${shortName(pod)}.${subdomain}.${pod.metadata.namespace ?? 'default'}.svc.${clusterDomain}` : '';
}

/** What `hostname` prints: on the network of its node a pod has the node's. */
export function hostnameOf(pod: Pod, place: NamePlace): string {
  if (pod.spec.hostNetwork) return place.node;
  const full = fullName(pod, place);
  return pod.spec.setHostnameAsFQDN && full !== '' && full.length <= MOST_HOSTNAME + 1 ? full : shortName(pod);
}

const LOCAL = [
  '127.0.0.1\tlocalhost',
  '::1\tlocalhost ip6-localhost ip6-loopback',
  'fe00::0\tip6-localnet',
  'fe00::0\tip6-mcastprefix',
  'fe00::1\tip6-allnodes',
  'fe00::2\tip6-allrouters',
];

export function hostsFile(pod: Pod, place: NamePlace): string {
  const names = [fullName(pod, place), shortName(pod)].filter((name) => name !== '').join('\t');
  const own = pod.spec.hostNetwork
    ? `# Kubernetes-managed hosts file (host network).\n${place.machine.hosts}`
    : ['# Kubernetes-managed hosts file.', ...LOCAL, ...place.addresses.map((ip) => `${ip}\t${names}`), ''].join('\n');
  const aliases = (pod.spec.hostAliases ?? []) as readonly HostAlias[];
  if (aliases.length === 0) return own;
  const lines = aliases.map(({ ip = '', hostnames = [] }) => [ip, ...hostnames].join('\t'));
  return [own, '# Entries added by HostAliases.', ...lines, ''].join('\n');
}

interface Resolving {
  readonly nameservers: readonly string[];
  readonly searches: readonly string[];
  readonly options: readonly DnsOption[];
}

function clusterFirst({ metadata }: Pod, { nameservers, clusterDomain }: NamePlace): Resolving {
  const namespace = metadata.namespace ?? 'default';
  return {
    nameservers,
    searches: [`${namespace}.svc.${clusterDomain}`, `svc.${clusterDomain}`, clusterDomain],
    options: [{ name: 'ndots', value: '5' }],
  };
}

/** Of the machine's file what a pod's can have, too. */
function ofMachine({ machine }: NamePlace): Resolving {
  const lines = machine.resolv.split('\n').map((line) => line.trim().split(/\s+/));
  const words = (key: string): string[] => lines.filter(([first]) => first === key).flatMap(([, ...rest]) => rest);
  const options = words('options').map((text): DnsOption => {
    const [name = '', value] = text.split(':');
    return value === undefined ? { name } : { name, value };
  });
  return { nameservers: words('nameserver'), searches: words('search'), options };
}

const NOTHING: Resolving = { nameservers: [], searches: [], options: [] };

function byPolicy(pod: Pod, place: NamePlace): Resolving {
  const { dnsPolicy = 'ClusterFirst', hostNetwork } = pod.spec;
  if (dnsPolicy === 'None') return NOTHING;
  // ClusterFirst is not for pods on the network of their node; and a cluster without DNS has the machine's.
  const cluster = dnsPolicy === 'ClusterFirstWithHostNet' || (dnsPolicy === 'ClusterFirst' && !hostNetwork);
  return cluster && place.nameservers.length > 0 ? clusterFirst(pod, place) : ofMachine(place);
}

const once = (texts: readonly string[]): string[] => [...new Set(texts)];

/** By the pod's dnsPolicy and dnsConfig (kubelet's Configurer.GetPodDNS). */
export function resolvFile(pod: Pod, place: NamePlace): string {
  const base = byPolicy(pod, place);
  const { nameservers = [], searches = [], options = [] } = (pod.spec.dnsConfig ?? {}) as DnsConfig;
  const chosen = new Map([...base.options, ...options].map((one) => [one.name ?? '', one.value]));
  const search = once([...base.searches, ...searches]);
  const servers = once([...base.nameservers, ...nameservers]).slice(0, MOST_NAMESERVERS);
  const words = [...chosen].map(([name, value]) => (value === undefined ? name : `${name}:${value}`));
  return [
    ...(search.length > 0 ? [`search ${search.join(' ')}`] : []),
    ...servers.map((server) => `nameserver ${server}`),
    ...(words.length > 0 ? [`options ${words.join(' ')}`] : []),
    '',
  ].join('\n');
}
