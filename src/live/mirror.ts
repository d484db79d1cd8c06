// mirror.ts - the recorded Services of a cluster → manifests for a lab, with the default application in place of its pods.
//
// A Service keeps its addresses, ports and policies. Each ready endpoint becomes a pod on the same node, and a label of our
// own joins the two, so that endpoints are the same even where the cluster's own selectors or pods are not known.
import {
  type Family,
  familyOf,
  formatCidr,
  fromBigInt,
  maskedCidr,
  mustAddress,
  parseAddress,
  toBigInt,
} from '../model/address.js';
import type { Endpoint, EndpointSlice, KubeObject, Node, Pod, Service, ServicePort } from '../model/objects.js';

/** Label of a stand-in for each Service that it serves: `service.kubewire.dev/NAME`. */
const SERVES = 'service.kubewire.dev/';

/** What a cluster has of its own, and the lab, too. */
const OWN = new Set(['default/kubernetes', 'kube-system/kube-dns']);

const namespaceOf = ({ metadata }: KubeObject): string => metadata.namespace ?? 'default';
const fullName = (object: KubeObject): string => `${namespaceOf(object)}/${object.metadata.name}`;
const isManual = ({ spec }: Service): boolean => spec.type === 'ExternalName';

/** A pod that stands for an endpoint. */
interface StandIn {
  readonly name: string;
  readonly namespace: string;
  readonly node: string | undefined;
  readonly labels: Record<string, string>;
  readonly ports: Map<string, { readonly containerPort: number; readonly protocol: 'TCP' | 'UDP' | 'SCTP' }>;
}

function nameOfEndpoint({ addresses: [address = ''], targetRef }: Endpoint): string {
  if (targetRef?.kind === 'Pod' && targetRef.name) return targetRef.name;
  return `endpoint-${address.replace(/[^0-9a-f]+/g, '-').replace(/^-|-$/g, '')}`;
}

const isReady = ({ conditions }: Endpoint): boolean => conditions?.ready !== false;

/** Slices of a Service; those of the second family name the same pods again. */
function slicesOf(service: Service, slices: readonly EndpointSlice[]): EndpointSlice[] {
  const own = slices.filter(
    (slice) =>
      namespaceOf(slice) === namespaceOf(service) &&
      slice.metadata.labels?.['kubernetes.io/service-name'] === service.metadata.name,
  );
  const first = own.filter(({ addressType }) => addressType === 'IPv4');
  return first.length > 0 ? first : own;
}

/** The port of the endpoints for a port of the Service. */
function targetOf({ name = '', targetPort, port }: ServicePort, slices: readonly EndpointSlice[]): number | string {
  const found = slices.flatMap(({ ports }) => ports ?? []).find((one) => (one.name ?? '') === name);
  return found?.port ?? targetPort ?? port;
}

class Mirror {
  readonly #nodes: ReadonlySet<string>;
  readonly #standIns = new Map<string, StandIn>();

  constructor(nodes: readonly Node[]) {
    this.#nodes = new Set(nodes.map(({ metadata }) => metadata.name));
  }

  service(service: Service, slices: readonly EndpointSlice[]): Service {
    const { name, labels, annotations } = service.metadata;
    const { selector: _, ...spec } = service.spec;
    const own = slicesOf(service, slices);
    const label = `${SERVES}${name}`;
    for (const slice of own) {
      for (const endpoint of (slice.endpoints ?? []).filter(isReady)) this.#stand(slice, endpoint, label);
    }
    const ports = (spec.ports ?? []).map((port) => ({ ...port, targetPort: targetOf(port, own) }));
    return {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: {
        name,
        namespace: namespaceOf(service),
        ...(labels ? { labels } : {}),
        ...(annotations ? { annotations } : {}),
      },
      spec: isManual(service) ? service.spec : { ...spec, ports, selector: { [label]: '' } },
    } as Service;
  }

  #stand(slice: EndpointSlice, endpoint: Endpoint, label: string): void {
    const name = nameOfEndpoint(endpoint);
    const namespace = namespaceOf(slice);
    const key = `${namespace}/${name}`;
    const { nodeName } = endpoint;
    const node = nodeName !== undefined && this.#nodes.has(nodeName) ? nodeName : undefined;
    const known: StandIn = this.#standIns.get(key) ?? { name, namespace, node, labels: {}, ports: new Map() };
    known.labels[label] = '';
    for (const { port, protocol = 'TCP' } of slice.ports ?? []) {
      if (port) known.ports.set(`${port}/${protocol}`, { containerPort: port, protocol: protocol as 'TCP' });
    }
    this.#standIns.set(key, known);
  }

  pods(): Pod[] {
    return [...this.#standIns.values()].map(
      ({ name, namespace, node, labels, ports }) =>
        ({
          apiVersion: 'v1',
          kind: 'Pod',
          metadata: { name, namespace, labels },
          spec: {
            ...(node === undefined ? {} : { nodeName: node }),
            containers: [{ name: 'stand-in', image: 'stand-in', ports: [...ports.values()] }],
          },
        }) as unknown as Pod,
    );
  }
}

const machine = ({ metadata, spec, status }: Node): Node => ({
  apiVersion: 'v1',
  kind: 'Node',
  metadata: { name: metadata.name, ...(metadata.labels ? { labels: metadata.labels } : {}) },
  spec: { ...(spec?.podCIDR ? { podCIDR: spec.podCIDR } : {}), ...(spec?.podCIDRs ? { podCIDRs: spec.podCIDRs } : {}) },
  status: { ...(status?.addresses ? { addresses: status.addresses } : {}) },
});

/** Nodes, Services and stand-ins for their endpoints, in that order. */
export function mirrored(objects: readonly KubeObject[]): KubeObject[] {
  const ofKind = <T extends KubeObject>(kind: string): T[] => objects.filter((object) => object.kind === kind) as T[];
  const nodes = ofKind<Node>('Node');
  const slices = ofKind<EndpointSlice>('EndpointSlice');
  const mirror = new Mirror(nodes);
  const services = ofKind<Service>('Service').filter((service) => !OWN.has(fullName(service)));
  const made = services.map((service) => mirror.service(service, slices));
  return [...nodes.map(machine), ...made, ...mirror.pods()];
}

/** The range that a cluster without any Service of a family would have, as the lab has it: its length is the longest of others. */
const RANGES: Readonly<Record<Family, readonly [usual: string, bits: number, longest: number]>> = {
  IPv4: ['10.96.0.0/16', 32, 16],
  IPv6: ['fd00:10:96::/112', 128, 112],
};

/** A range a family that holds the cluster IPs of all Services. */
export function serviceRanges(objects: readonly KubeObject[]): string[] {
  const own = objects
    .filter(({ kind }) => kind === 'Service')
    .flatMap(({ spec }) => (spec as Service['spec']).clusterIPs ?? []);
  return (['IPv4', 'IPv6'] as const).map((family) => {
    const [usual, bits, longest] = RANGES[family];
    const found = own.filter((text) => parseAddress(text) !== null && familyOf(text) === family);
    const numbers = found.map((text) => toBigInt(mustAddress(text)));
    const [first] = numbers;
    if (first === undefined) return usual;
    let length = longest;
    while (length > 0 && numbers.some((number) => number >> BigInt(bits - length) !== first >> BigInt(bits - length)))
      length--;
    return formatCidr(maskedCidr({ family, address: fromBigInt(family, first), length }));
  });
}
