// names.ts - the names of the cluster: who answers for them inside the lab, and the Service at which they are asked.

import type { Cluster } from '../cluster/cluster.js';
import { provideDns } from '../cluster/clusterdns.js';
import { directoryOf } from '../cluster/directory.js';
import { CLUSTER_ZONES, Resolver } from '../dns/resolver.js';
import type { Cleanup } from '../lab/host/cleanup.js';
import { NameServers } from '../lab/names/nameservers.js';
import { CLUSTER_DOMAIN } from '../topology/topology.js';
import type { EmulatorOptions } from './options.js';

/** Serves the names of the cluster from pods that say so. */
export function startNameServers(
  { topology, clock }: EmulatorOptions,
  cluster: Cluster,
  cleanup: Cleanup,
): NameServers {
  const { clusterDomain = CLUSTER_DOMAIN } = topology;
  const directory = directoryOf(cluster, () => servers.changed());
  const resolver = new Resolver(directory, { ...CLUSTER_ZONES, zones: [clusterDomain, ...CLUSTER_ZONES.zones] });
  const servers = new NameServers({ resolver, clock, random: Math.random });
  cleanup.add(() => servers.close());
  return servers;
}

/** Creates Service kube-dns with its pods, if it is wanted and there is an address for it. */
export function startClusterDns({ dns, report }: EmulatorOptions, cluster: Cluster): void {
  if (dns && !provideDns(cluster)) report('the range of Service addresses is too small for a DNS: there is none');
}
