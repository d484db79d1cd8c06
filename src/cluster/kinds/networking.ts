// networking.ts - kinds of discovery.k8s.io and networking.k8s.io.
import { NETWORK_COLUMNS } from '../columns/network.js';
import { kind, type Resource, SUBRESOURCES } from './kind.js';

const { status } = SUBRESOURCES;

export const NETWORKING: readonly Resource[] = [
  kind('discovery.k8s.io/v1', 'EndpointSlice', 'endpointslices', {
    generation: true,
    columns: NETWORK_COLUMNS.EndpointSlice,
  }),
  kind('networking.k8s.io/v1', 'IngressClass', 'ingressclasses', {
    namespaced: false,
    generation: true,
    columns: NETWORK_COLUMNS.IngressClass,
  }),
  kind('networking.k8s.io/v1', 'Ingress', 'ingresses', {
    shortNames: ['ing'],
    subresources: [status],
    generation: true,
    columns: NETWORK_COLUMNS.Ingress,
    rules: { status: { loadBalancer: {} } },
  }),
  kind('networking.k8s.io/v1', 'NetworkPolicy', 'networkpolicies', {
    shortNames: ['netpol'],
    generation: true,
    columns: NETWORK_COLUMNS.NetworkPolicy,
  }),
];
