// remedies.ts - explains traffic that is refused or dropped as Kubernetes specifies: why, and what would change it.
import type { EndpointSlice, Pod, Service } from '../model/objects.js';
import { backingFindings } from './backing.js';
import { whatListens, whyNoEndpoints } from './diagnosis.js';
import type { Expectation, Why } from './expectation.js';
import type { Frontend, FrontendKind } from './frontends.js';

/** What is known around a refusal. */
interface Around {
  readonly service: Service;
  readonly frontend: Frontend;
  readonly slices: readonly EndpointSlice[];
  readonly pods: readonly Pod[];
  readonly services: readonly Service[];
}

const NO_ROUTE: Readonly<Record<FrontendKind, string>> = {
  ClusterIP:
    'a ClusterIP exists inside the cluster only: clients outside need a NodePort, a LoadBalancer or a routed external IP',
  ExternalIP:
    'nobody routes this external IP to a node, and kubewire does not model such a route: inside the cluster it works',
  LoadBalancer: 'no load balancer has this address',
  NodePort: 'no node has this address',
  HostPort: 'no node has this address',
};

function noLocalEndpoints({ frontend }: Around): string {
  const field = frontend.kind === 'ClusterIP' ? 'internalTrafficPolicy' : 'externalTrafficPolicy';
  return `${field}: Local, and no endpoint on the node that takes the packet: run one there, or use policy Cluster`;
}

/** Endpoints on the Service's own pods are closed because none declares the port; others have reasons of their own. */
function closedPort({ service, frontend, pods, services }: Around, { silent }: Expectation): string {
  const port = namedPort(service, frontend);
  const [finding] = backingFindings({ ...service, spec: { ...service.spec, ports: port ? [port] : [] } }, pods, 'here');
  return finding?.detail ?? `${silent.join(' and ')} closed: ${whatListens(service, pods, services)}`;
}

const namedPort = (service: Service, frontend: Frontend) =>
  (service.spec.ports ?? []).find(
    ({ name = '', port, protocol = 'TCP' }) =>
      name === frontend.portName && port === frontend.servicePort && protocol === frontend.protocol,
  );

/** Why, and what would change it; '' when no explanation is needed. */
type Explain = (around: Around, expectation: Expectation) => string;

const EXPLANATIONS: Partial<Record<Why, Explain>> = {
  'no route': ({ frontend }) => NO_ROUTE[frontend.kind],
  'no local endpoints': noLocalEndpoints,
  'no endpoints': ({ service, frontend, slices, pods }) =>
    whyNoEndpoints(service, namedPort(service, frontend), slices, pods),
  'source ranges': () => 'the source is not in loadBalancerSourceRanges: add its range, or remove the field',
  'no node for the load balancer': () =>
    'externalTrafficPolicy: Local, and no node has a ready endpoint: the load balancer has nobody to send to',
  'answers go astray': () =>
    'ipvs sends it to an endpoint on another node, which answers past this one: run an endpoint here, or use policy Cluster',
  'nodes disagree': () => 'it depends on the node that the load balancer chooses: some of them refuse or drop it',
  'nobody listens': () => 'no Service has this port on the address that was asked',
  'closed port': closedPort,
  'no answer': (_, { silent }) => `no answer from ${silent.join(' and ')}: nobody in this lab serves it`,
};

/**
 * Why traffic is refused or dropped although everything is as Kubernetes specifies, and what would change it: the
 * second half of a sentence. '' when none is.
 */
export function explain(expectation: Expectation, around: Around): string {
  const { outcome, silent, why, also } = expectation;
  if (outcome !== 'reached') return EXPLANATIONS[why]?.(around, expectation) ?? '';
  if (silent.length > 0) {
    return `no answer from ${silent.join(' and ')}: ${whatListens(around.service, around.pods, around.services)}`;
  }
  return also.length > 0 ? 'the program that runs in the pod does not answer, or not in HTTP' : '';
}
