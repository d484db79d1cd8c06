// bootstrap.ts - what a fresh cluster has before anybody writes anything: namespaces, priorities of the system, its own Service.
import { formatAddress, fromBigInt, maskedCidr, parseCidr, toBigInt } from '../model/address.js';
import { keyOf } from '../model/kindkey.js';
import type { KubeObject } from '../model/objects.js';
import type { ClusterOptions } from './options.js';
import type { Store } from './store.js';

/** Name of the ServiceCIDR that says which ranges the cluster was started with. */
export const OWN_RANGE = 'kubernetes';

const namespace = (name: string): KubeObject => ({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } });

const priorityClass = (name: string, value: number, description: string): KubeObject => ({
  apiVersion: 'scheduling.k8s.io/v1',
  kind: 'PriorityClass',
  metadata: { name },
  value,
  description,
});

/** Made apart from the others, so that they change neither names nor addresses of what people apply. */
const ASIDE: readonly KubeObject[] = [
  namespace('kube-node-lease'),
  namespace('kube-public'),
  priorityClass(
    'system-cluster-critical',
    2_000_000_000,
    'Used for system critical pods that must run in the cluster, but can be moved to another node if necessary.',
  ),
  priorityClass(
    'system-node-critical',
    2_000_001_000,
    'Used for system critical pods that must not be moved from their current node.',
  ),
];

/** Is it a namespace of the system that was made apart? Then so is what controllers put there. */
export const isAside = (name: string): boolean =>
  ASIDE.some(({ kind, metadata }) => kind === 'Namespace' && metadata.name === name);

/** Creates what is missing; after a restart all is there, as it was left. A recorded cluster brings all but the two namespaces that always are. */
export function bootstrap(store: Store, options: ClusterOptions): void {
  const provide = (object: KubeObject, aside?: boolean): void => {
    const { namespace: own = '', name } = object.metadata;
    if (!store.get(keyOf(object), own, name)) store.create(object, aside);
  };
  for (const name of ['default', 'kube-system']) provide(namespace(name));
  if (options.recorded) return;
  provide({
    apiVersion: 'networking.k8s.io/v1',
    kind: 'ServiceCIDR',
    metadata: { name: OWN_RANGE },
    spec: { cidrs: options.serviceClusterIPRange },
  });
  provide({
    apiVersion: 'v1',
    kind: 'Service',
    metadata: {
      name: 'kubernetes',
      namespace: 'default',
      labels: { component: 'apiserver', provider: 'kubernetes' },
    },
    spec: {
      clusterIP: kubernetesAddress(options.serviceClusterIPRange),
      ports: [{ name: 'https', protocol: 'TCP', port: 443, targetPort: 6443 }],
    },
  });
  for (const object of ASIDE) provide(object, true);
}

/** The address of Service default/kubernetes: the first of the primary range; '' for invalid ranges. */
export function kubernetesAddress(ranges: readonly string[]): string {
  const cidr = parseCidr(ranges[0] ?? '');
  if (!cidr) return '';
  return formatAddress(fromBigInt(cidr.family, toBigInt(maskedCidr(cidr).address) + 1n));
}
