// clusterdns.ts - the cluster's DNS as objects: Service kube-system/kube-dns, and the Deployment that serves it.
//
// Names and labels are those of every cluster made by kubeadm; the address is the tenth of the Service range there, too.
import { formatAddress, fromBigInt, maskedCidr, parseCidr, toBigInt } from '../model/address.js';
import type { KubeObject, Service } from '../model/objects.js';
import { SERVE_ANNOTATION, SERVE_DNS } from '../topology/annotations.js';
import type { Cluster } from './cluster.js';

const NAMESPACE = 'kube-system';
const SERVICE = 'kube-dns';
const LABELS = { 'k8s-app': SERVICE };
/** Two, as kubeadm has it: names must not fail when one node does. */
const REPLICAS = 2;
/** Which address of a Service range is that of DNS. */
const TENTH = 10n;

/** The tenth address of each range; none of a range that is smaller. */
export function dnsAddresses(ranges: readonly string[]): string[] {
  return ranges.flatMap((text) => {
    const cidr = parseCidr(text);
    if (!cidr) return [];
    const size = 1n << BigInt((cidr.family === 'IPv4' ? 32 : 128) - cidr.length);
    // The last address of an IPv4 range is its broadcast address.
    if (size <= TENTH + 1n) return [];
    return [formatAddress(fromBigInt(cidr.family, toBigInt(maskedCidr(cidr).address) + TENTH))];
  });
}

const isKubeDns = ({ kind, metadata }: KubeObject): boolean =>
  kind === 'Service' && metadata.namespace === NAMESPACE && metadata.name === SERVICE;

/** True if objects bring a DNS of their own: the Service by its name, or one that asks for its address. */
export function bringDns(objects: readonly KubeObject[], ranges: readonly string[]): boolean {
  const taken = new Set(dnsAddresses(ranges));
  return objects.some((object) => {
    if (isKubeDns(object)) return true;
    if (object.kind !== 'Service') return false;
    const { clusterIP = '', clusterIPs = [] } = (object as Service).spec ?? {};
    return [clusterIP, ...clusterIPs].some((address) => taken.has(address));
  });
}

/** Where programs of pods send their queries: the addresses of Service kube-dns; none without it. */
export function nameservers(get: (kind: string, namespace: string, name: string) => KubeObject | undefined): string[] {
  const service = get('Service', NAMESPACE, SERVICE) as Service | undefined;
  return (service?.spec.clusterIPs ?? []).filter((address) => address !== 'None');
}

/** @param addresses one or two, one a family */
export function dnsObjects(addresses: readonly string[]): KubeObject[] {
  const ports = [
    { name: 'dns', containerPort: 53, protocol: 'UDP' },
    { name: 'dns-tcp', containerPort: 53, protocol: 'TCP' },
  ];
  return [
    {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: {
        name: SERVICE,
        namespace: NAMESPACE,
        labels: { ...LABELS, 'kubernetes.io/cluster-service': 'true', 'kubernetes.io/name': 'CoreDNS' },
      },
      spec: {
        clusterIP: addresses[0],
        clusterIPs: addresses,
        ipFamilyPolicy: addresses.length > 1 ? 'RequireDualStack' : 'SingleStack',
        selector: LABELS,
        ports: [
          { name: 'dns', port: 53, protocol: 'UDP', targetPort: 'dns' },
          { name: 'dns-tcp', port: 53, protocol: 'TCP', targetPort: 'dns-tcp' },
        ],
      },
    },
    {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: 'coredns', namespace: NAMESPACE, labels: LABELS },
      spec: {
        replicas: REPLICAS,
        selector: { matchLabels: LABELS },
        template: {
          metadata: { labels: LABELS, annotations: { [SERVE_ANNOTATION]: SERVE_DNS } },
          spec: {
            dnsPolicy: 'Default',
            containers: [{ name: 'coredns', image: 'kubewire/dns', ports }],
          },
        },
      },
    },
  ];
}

/** Creates the objects that are not there yet. Returns false if the ranges have no address for them. */
export function provideDns({ store, options }: Cluster): boolean {
  const addresses = dnsAddresses(options.serviceClusterIPRange);
  for (const object of addresses.length > 0 ? dnsObjects(addresses) : []) {
    if (!store.get(object.kind, NAMESPACE, object.metadata.name)) store.create(object);
  }
  return addresses.length > 0;
}
