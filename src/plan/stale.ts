// stale.ts - which tracked UDP connections must be deleted after the endpoints of Services changed.
//
// UDP clients keep using a connection even when its endpoint is gone. So kube-proxy (pkg/proxy/conntrack/cleanup.go,
// v1.36) deletes every connection to a Service whose slices changed, unless its replies come from a serving endpoint.
// The dataplane does the same when it takes an image (ServiceFlag.CLEAN_UDP and the serving list).
import { formatEndpoint, isIPv6 } from '../model/address.js';
import { type NodePlan, portIdentity } from './plan.js';

/** A tracked connection, with addresses as canonical text. */
export interface TrackedConnection {
  readonly protocol: string;
  readonly originalDestination: string;
  readonly originalDestinationPort: number;
  /** Where replies come from: the endpoint, or the original destination if nothing was rewritten. */
  readonly replySource: string;
  readonly replySourcePort: number;
}

/** Serving endpoints as `ip:port`. A Service without any is left alone: its clients have nowhere better to go. */
type Serving = ReadonlySet<string>;

interface ServingEndpoints {
  /** By `ip:port` of cluster IPs, external IPs and load-balancer addresses. */
  readonly byAddress: ReadonlyMap<string, Serving>;
  /** By family and NodePort or hostPort, on any address. */
  readonly byNodePort: ReadonlyMap<string, Serving>;
}

const nodePortKey = (v6: boolean, port: number): string => `${v6 ? 'IPv6' : 'IPv4'}/${port}`;

function servingEndpoints(plan: NodePlan): ServingEndpoints {
  const byAddress = new Map<string, Serving>();
  const byNodePort = new Map<string, Serving>();
  for (const frontend of plan.frontends) {
    const service = plan.services[frontend.service];
    if (!service || !plan.changedPorts.has(portIdentity(service))) continue;
    if (service.servingEndpoints.length === 0) continue;
    const serving = new Set(service.servingEndpoints.map(({ name }) => name));
    if (frontend.address === '') byNodePort.set(nodePortKey(frontend.family === 'IPv6', frontend.port), serving);
    else byAddress.set(formatEndpoint(frontend.address, frontend.port), serving);
  }
  return { byAddress, byNodePort };
}

/** The connections that must be deleted when the plan takes effect, in the given order. */
export function staleConnections<T extends TrackedConnection>(plan: NodePlan, connections: readonly T[]): T[] {
  const { byAddress, byNodePort } = servingEndpoints(plan);
  return connections.filter((connection) => {
    if (connection.protocol !== 'UDP') return false;
    const { originalDestination: address, originalDestinationPort: port } = connection;
    const serving = byAddress.get(formatEndpoint(address, port)) ?? byNodePort.get(nodePortKey(isIPv6(address), port));
    return serving !== undefined && !serving.has(formatEndpoint(connection.replySource, connection.replySourcePort));
  });
}
