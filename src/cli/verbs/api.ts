// api.ts - `kubewire api`: the API and the controllers of a cluster without a lab and without any privilege.
//
// Nodes and pods keep the status that a client writes, as with KWOK, because nothing here runs them.
import { randomInt } from 'node:crypto';
import type { Command } from 'commander';
import { createApiServer } from '../../api/server.js';
import { CLUSTER_DEFAULTS, type Cluster, createCluster, keptServiceRanges } from '../../cluster/cluster.js';
import { directoryOf } from '../../cluster/directory.js';
import { openState, type State } from '../../cluster/state/state.js';
import { CLUSTER_ZONES, Resolver } from '../../dns/resolver.js';
import { type DnsServer, serveDns } from '../../dns/server.js';
import { Cleanup } from '../../lab/host/cleanup.js';
import type { Service } from '../../model/objects.js';
import { CLUSTER_DOMAIN } from '../../topology/topology.js';
import { usage } from '../failure.js';
import { closing } from '../flags.js';
import { invocation } from '../invocation.js';
import { claimSocket } from '../lab/claim.js';
import { labOption } from '../lab/client.js';
import { wholeNumber } from '../lab/number.js';
import { isLoopback, openSecurely, type SecureFlags, secureOptions, secureRequest } from '../lab/secure.js';
import { stopSignal } from '../lab/signal.js';
import { socketPlace } from '../lab/socket.js';
import { list } from '../packets/proxyflags.js';

interface Flags extends SecureFlags {
  readonly socket?: string;
  readonly state?: string;
  readonly serviceClusterIpRange?: string[];
  readonly serviceNodePortRange?: string;
  readonly maxEndpointsPerSlice?: string;
  readonly dnsAddress?: string;
  readonly clusterDomain: string;
}

/** The API server refuses larger slices. */
const MAX_ENDPOINTS = 1000;

function clusterOf(flags: Flags, state: State | null) {
  const { serviceNodePortRange: ports, maxEndpointsPerSlice: most } = flags;
  const ranges = flags.serviceClusterIpRange ?? keptServiceRanges(state);
  return createCluster({
    seed: randomInt(2 ** 32),
    state,
    ...(ranges === undefined ? {} : { serviceClusterIPRange: ranges }),
    ...(ports === undefined ? {} : { serviceNodePortRange: ports }),
    maxEndpointsPerSlice:
      most === undefined
        ? CLUSTER_DEFAULTS.maxEndpointsPerSlice
        : wholeNumber(most, '--max-endpoints-per-slice', 'api', 1, MAX_ENDPOINTS),
  });
}

/** `127.0.0.1:5353` or `[::1]:5353`. */
function dnsPlace(text: string): { host: string; port: number } {
  const place = /^(?:\[([^\]]+)\]|([^:]+)):(\d+)$/.exec(text);
  const host = place?.[1] ?? place?.[2] ?? '';
  if (!isLoopback(host))
    throw usage(`--dns-address: "${text}" is no address and port of the loopback interface`, 'api');
  return { host, port: wholeNumber(place?.[3] ?? '', '--dns-address', 'api', 0, 65_535) };
}

/** The Kubernetes DNS of the cluster. */
function startDns(cluster: Cluster, { dnsAddress, clusterDomain }: Flags): Promise<DnsServer> | undefined {
  if (dnsAddress === undefined) return undefined;
  const zones = [clusterDomain, ...CLUSTER_ZONES.zones];
  const resolver = new Resolver(directoryOf(cluster), { ...CLUSTER_ZONES, zones });
  return serveDns(resolver, dnsPlace(dnsAddress), Math.random);
}

async function api(flags: Flags, command: Command): Promise<void> {
  const cleanup = new Cleanup();
  try {
    await serve(flags, command, cleanup);
  } finally {
    await cleanup.run();
  }
}

/** Serves until somebody asks it to end. */
async function serve(flags: Flags, command: Command, cleanup: Cleanup): Promise<void> {
  const { name = 'default' } = command.optsWithGlobals<{ name?: string }>();
  if (flags.state === '') throw usage('--state needs a directory', 'api');
  if (flags.socket === '') throw usage('--socket needs a path', 'api');
  const request = secureRequest(flags, 'api');
  const place = socketPlace(name);
  if (flags.socket === undefined) await claimSocket(place, name);
  const state = flags.state === undefined ? null : await openState(flags.state);
  cleanup.add(() => state?.close());
  const cluster = clusterOf(flags, state);
  cleanup.add(() => cluster.close());
  const own = cluster.store.get<Service>('Service', 'default', 'kubernetes')?.spec.clusterIPs ?? [];
  const secure = await openSecurely(request, own, flags.state);
  cleanup.add(() => secure.close());
  const server = await createApiServer(cluster, { socketPath: flags.socket ?? place.path }, { secure });
  cleanup.add(() => server.close());
  const dns = await startDns(cluster, flags);
  cleanup.add(() => dns?.close());
  const asked = stopSignal();
  if (dns) process.stderr.write(`DNS is served at ${dns.address}.\n`);
  const flag = name === 'default' ? '' : ` --name ${name}`;
  process.stderr.write(
    `The API is served at ${secure.access.server} and ${server.address}. Ctrl-C ends it.\n` +
      `For kubectl and helm: ${invocation()}${flag} kubeconfig > FILE\n`,
  );
  await asked.promise;
}

export function register(program: Command): void {
  const command = program
    .command('api')
    .description(
      'Serve the API and the controllers of a cluster, without a lab: no privilege is needed, and no packet moves.\n' +
        'Nodes and pods are what a client says that they are.',
    );
  labOption(command, 'a name, when several are to run').option(
    '--socket <path>',
    'the Unix socket (default: that of --name)',
  );
  secureOptions(command)
    .option('--state <directory>', 'keep everything there, so that it outlives the process')
    .option('--service-cluster-ip-range <cidr>', 'Service ranges, one a family', list)
    .option('--service-node-port-range <range>', `NodePorts (default ${CLUSTER_DEFAULTS.serviceNodePortRange})`)
    .option('--max-endpoints-per-slice <count>', 'endpoints in one EndpointSlice at most (default 100)')
    .option('--dns-address <address:port>', 'serve the names of the cluster there, over UDP and TCP')
    .option('--cluster-domain <name>', "the cluster's zone", CLUSTER_DOMAIN)
    .action(api);
  closing(command, 'kubewire api\nkubewire api --secure-port 0 --service-cluster-ip-range 10.0.0.0/16,fd00::/108');
}
