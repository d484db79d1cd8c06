// incluster.ts - the API inside the lab: a listener on one of its machines, reached through Service default/kubernetes.
import { createServer } from 'node:net';
import type { Store } from '../../cluster/store.js';
import type { SocketMaker } from '../../lab/pods/sockets.js';
import { isIPv6 } from '../../model/address.js';
import { keyOf } from '../../model/kindkey.js';
import type { KubeObject, Service } from '../../model/objects.js';
import type { SecureListener } from './listener.js';

/** Where API servers listen; Service default/kubernetes names it as its targetPort. */
const PORT = 6443;

/** What an API server writes about itself; the mirror of Endpoints keeps its hands off. */
function endpointsOf(address: string): KubeObject[] {
  const place = { name: 'kubernetes', namespace: 'default' };
  const port = { name: 'https', port: PORT, protocol: 'TCP' };
  return [
    {
      apiVersion: 'discovery.k8s.io/v1',
      kind: 'EndpointSlice',
      metadata: { ...place, labels: { 'kubernetes.io/service-name': 'kubernetes' } },
      addressType: isIPv6(address) ? 'IPv6' : 'IPv4',
      endpoints: [{ addresses: [address], conditions: { ready: true } }],
      ports: [port],
    },
    {
      apiVersion: 'v1',
      kind: 'Endpoints',
      metadata: { ...place, labels: { 'endpointslice.kubernetes.io/skip-mirror': 'true' } },
      subsets: [{ addresses: [{ ip: address }], ports: [port] }],
    },
  ];
}

/** The machine on which the API server is to be found. */
interface ApiMachine {
  readonly sockets: SocketMaker;
  /** One or two, one a family. */
  readonly addresses: readonly string[];
}

/** Lets pods reach the API at the address of Service default/kubernetes. Returns a function that ends this. */
export function serveInside({ server }: SecureListener, store: Store, { sockets, addresses }: ApiMachine): () => void {
  const service = store.get<Service>('Service', 'default', 'kubernetes');
  const family = isIPv6(service?.spec.clusterIP ?? '');
  const address = addresses.find((one) => isIPv6(one) === family);
  if (!service || address === undefined) return () => undefined;
  // A socket belongs to the namespace that created it, so one server can accept connections from both.
  const inside = createServer((socket) => server.emit('connection', socket));
  inside.on('error', () => inside.close());
  inside.listen({ fd: sockets.listenTcp(family ? '::' : '0.0.0.0', PORT) });
  for (const object of endpointsOf(address)) {
    const { namespace = '', name } = object.metadata;
    if (store.get(keyOf(object), namespace, name)) store.update(object);
    else store.create(object);
  }
  return () => void inside.close();
}
