// networking.ts - kinds of networking.k8s.io and discovery.k8s.io.
import { formatAddress, parseAddress } from '../../model/address.js';
import { NETWORK_COLUMNS } from '../columns/network.js';
import * as checks from './addresschecks.js';
import * as defaults from './defaults.js';
import { kind, type Resource, SUBRESOURCES } from './kind.js';
import { ingress } from './networkchecks.js';

const { status } = SUBRESOURCES;

/** An IPAddress is named by the address that it stands for, in canonical form. */
function addressName(name: string): string[] {
  const address = parseAddress(name);
  if (!address) return ['must be a valid IP address'];
  const canonical = formatAddress(address);
  return canonical === name ? [] : [`must be in canonical form ("${canonical}")`];
}

export const NETWORKING: readonly Resource[] = [
  kind('networking.k8s.io/v1', 'IngressClass', 'ingressclasses', {
    namespaced: false,
    generation: true,
    columns: NETWORK_COLUMNS.IngressClass,
    rules: { status: {}, defaults: defaults.ingressClass },
  }),
  kind('networking.k8s.io/v1', 'Ingress', 'ingresses', {
    shortNames: ['ing'],
    subresources: [status],
    generation: true,
    columns: NETWORK_COLUMNS.Ingress,
    rules: { status: { loadBalancer: {} }, validate: ingress },
  }),
  kind('networking.k8s.io/v1', 'IPAddress', 'ipaddresses', {
    shortNames: ['ip'],
    namespaced: false,
    generation: true,
    columns: NETWORK_COLUMNS.IPAddress,
    names: addressName,
    aside: true,
    rules: { status: {}, validate: checks.ipAddress },
  }),
  kind('networking.k8s.io/v1', 'NetworkPolicy', 'networkpolicies', {
    shortNames: ['netpol'],
    generation: true,
    columns: NETWORK_COLUMNS.NetworkPolicy,
    rules: { status: {}, defaults: defaults.networkPolicy },
  }),
  kind('networking.k8s.io/v1', 'ServiceCIDR', 'servicecidrs', {
    namespaced: false,
    subresources: [status],
    generation: true,
    columns: NETWORK_COLUMNS.ServiceCIDR,
    rules: { status: {}, validate: checks.serviceCIDR },
  }),
];

export const DISCOVERY: readonly Resource[] = [
  kind('discovery.k8s.io/v1', 'EndpointSlice', 'endpointslices', {
    generation: true,
    columns: NETWORK_COLUMNS.EndpointSlice,
  }),
];
