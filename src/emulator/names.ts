// names.ts - the names of the cluster: who answers for them inside the lab, and the Service at which they are asked.

import type { Cluster } from '../cluster/cluster.js';
import { nameservers, provideDns } from '../cluster/clusterdns.js';
import { directoryOf } from '../cluster/directory.js';
import { CLUSTER_ZONES, Resolver } from '../dns/resolver.js';
import type { Cleanup } from '../lab/host/cleanup.js';
import { NameServers } from '../lab/names/nameservers.js';
import { type PodWorld, Surroundings } from '../lab/pods/surroundings.js';
import { accountOf } from '../lab/volumes/fields.js';
import { TOKEN_SECONDS } from '../lab/volumes/sources.js';
import type { Pod, Service } from '../model/objects.js';
import { CLUSTER_DOMAIN } from '../topology/topology.js';
import type { EmulatorOptions } from './options.js';

/** Serves the names of the cluster from pods that say so. */
export function startNameServers(
  { topology, clock, report }: EmulatorOptions,
  cluster: Cluster,
  cleanup: Cleanup,
): NameServers {
  const { clusterDomain = CLUSTER_DOMAIN } = topology;
  const directory = directoryOf(cluster, () => servers.changed());
  const resolver = new Resolver(directory, { ...CLUSTER_ZONES, zones: [clusterDomain, ...CLUSTER_ZONES.zones] });
  const servers = new NameServers({ resolver, clock, random: Math.random, report });
  cleanup.add(() => servers.close());
  return servers;
}

/** Creates Service kube-dns with its pods, if it is wanted and there is an address for it. */
export function startClusterDns({ dns, report }: EmulatorOptions, cluster: Cluster): void {
  if (dns && !provideDns(cluster)) report('the range of Service addresses is too small for a DNS: there is none');
}

/** Signs tokens that are bound to their pod; null without the API over HTTPS, which alone takes them. */
function accountsOf({ secure }: EmulatorOptions, { store }: Cluster): PodWorld['accounts'] {
  if (!secure) return null;
  const { authenticator, authority } = secure.access;
  return {
    certificate: authority.ca.certificate,
    token({ metadata, spec }: Pod, { audience, expirationSeconds = TOKEN_SECONDS }) {
      const { namespace = 'default', uid = '' } = metadata;
      const name = accountOf(spec);
      const account = store.get('ServiceAccount', namespace, name)?.metadata.uid ?? '';
      const audiences = audience ? [audience] : [];
      const pod = { name: metadata.name, uid };
      return authenticator.issue({ namespace, name, uid: account, audiences, expirationSeconds, pod });
    },
  };
}

/** What programs of pods find there follows the ConfigMaps and Secrets of the cluster. */
export function startSurroundings(options: EmulatorOptions, cluster: Cluster, cleanup: Cleanup): Surroundings {
  const { topology, clock, report } = options;
  const { store } = cluster;
  const get: PodWorld['get'] = (kind, namespace, name) => store.get(kind, namespace, name);
  const surroundings = new Surroundings({
    get,
    services: (namespace) => store.list<Service>('Service', namespace),
    nameservers: () => nameservers(get),
    clusterDomain: topology.clusterDomain ?? CLUSTER_DOMAIN,
    accounts: accountsOf(options, cluster),
    clock,
    report,
  });
  for (const kind of ['ConfigMap', 'Secret'])
    cleanup.add(store.watch(({ object }) => surroundings.changed(object), kind));
  cleanup.add(() => surroundings.close());
  return surroundings;
}
