// strategy.ts - a Service on its way into the store: default, normalise, allocate, validate; in the API server's order.
//
// Order of pkg/registry/core/service (BeginCreate/BeginUpdate, PrepareFor…, Validate…), Kubernetes 1.36: allocation may
// refuse first, with its own words. Everything taken by a write that fails is given back by the store's journal.
import { AllocationError } from '../../allocate/bands.js';
import type { Journal } from '../../allocate/journal.js';
import { NodePortAllocator, type PortRange } from '../../allocate/nodeport.js';
import type { Random } from '../../allocate/random.js';
import { defaultObject } from '../../manifest/defaults.js';
import { DEFAULT_GATES } from '../../manifest/validate/gates.js';
import {
  validateServiceCreate,
  validateServiceStatusUpdate,
  validateServiceUpdate,
} from '../../manifest/validate/index.js';
import { validateReplacedMetadata } from '../../manifest/validate/replacement.js';
import { validateClusterIPs } from '../../manifest/validate/service-addresses.js';
import { type Family, familyOf } from '../../model/address.js';
import type { Issue } from '../../model/issue.js';
import type { KubeObject, Service, ServiceSpec } from '../../model/objects.js';
import { invalid } from '../status.js';
import type { Strategy } from '../store.js';
import { allocateClusterIPs, type ClusterIPAllocators, releaseClusterIPs, updateClusterIPs } from './addresses.js';
import { defaultPolicy, fillFamilies, keepsPreferDualStack } from './families.js';
import { type Draft, isHeadless, needsClusterIP } from './fields.js';
import { addressesOf, type IPAddresses } from './ipaddresses.js';
import { dropOnRead, dropTypeDependentFields, normalizeClusterIPs, patchAllocatedValues } from './normalize.js';
import { allocatePorts, portsHeld, releasePorts, updatePorts } from './ports.js';

interface ServiceStrategyOptions {
  readonly addresses: ClusterIPAllocators;
  /** Objects of the addresses; null = none are made. */
  readonly objects: IPAddresses | null;
  readonly nodePortRange: PortRange;
  readonly random: Random;
  readonly journal: Journal;
  /** A recorded state: addresses and ports outside the ranges are accepted, and the status is taken over. */
  readonly recorded: boolean;
}

export class ServiceStrategy implements Strategy {
  readonly #addresses: ClusterIPAllocators;
  readonly #objects: IPAddresses | null;
  readonly #families: readonly Family[];
  readonly #ports: NodePortAllocator;
  readonly #recorded: boolean;

  constructor(options: ServiceStrategyOptions) {
    const { random, journal, recorded: outside } = options;
    this.#addresses = options.addresses;
    this.#objects = options.objects;
    this.#families = [...options.addresses.keys()];
    this.#ports = new NodePortAllocator({ range: options.nodePortRange, random, journal, outside });
    this.#recorded = outside;
  }

  create(object: KubeObject): KubeObject {
    const service = draft(object);
    const { spec } = service;
    normalizeClusterIPs(spec);
    this.#fillFamilies(service);
    allocateClusterIPs(service, this.#addresses);
    allocatePorts(service, this.#ports);
    service.status = this.#recorded && service.status ? service.status : { loadBalancer: {} };
    refuse(service, validateServiceCreate(service));
    dropOnRead(spec);
    this.#objects?.follow(service, addressesOf(service));
    return service;
  }

  update(object: KubeObject, stored: KubeObject): KubeObject {
    const service = draft(object);
    const old = stored as Service;
    const { spec } = service;
    patchAllocatedValues(spec, old.spec);
    normalizeClusterIPs(spec, old.spec);
    this.#fillFamilies(service, old);
    const addresses = keepsPreferDualStack(spec, old.spec) ? [] : updateClusterIPs(service, old.spec, this.#addresses);
    const ports = updatePorts(service, old.spec, this.#ports);
    dropTypeDependentFields(spec, old.spec);
    if (spec.type !== 'LoadBalancer' && !this.#recorded) service.status = { ...service.status, loadBalancer: {} };
    refuse(service, [...validateReplacedMetadata(service, old, true), ...validateServiceUpdate(service, old)]);
    releaseClusterIPs(addresses, this.#addresses);
    for (const port of ports) this.#ports.release(port);
    dropOnRead(spec);
    this.#objects?.follow(service, addressesOf(service), addressesOf(old));
    return service;
  }

  updateStatus(object: KubeObject, old: KubeObject): KubeObject {
    const service = defaultObject(object as Service);
    refuse(service, validateServiceStatusUpdate(service, old as Service));
    return service;
  }

  deleted(object: KubeObject): void {
    const { spec } = object as Service;
    if (needsClusterIP(spec) && !isHeadless(spec)) releaseClusterIPs(spec.clusterIPs ?? [], this.#addresses);
    releasePorts(spec, this.#ports);
    this.#objects?.follow(object as Service, [], addressesOf(object as Service));
  }

  /** What other ranges no longer have stays with the Service, as after a restart of the API server with other flags. */
  restored(object: KubeObject): void {
    const { spec } = object as Service;
    const addresses = needsClusterIP(spec) && !isHeadless(spec) ? (spec.clusterIPs ?? []) : [];
    for (const address of addresses) holding(() => this.#addresses.get(familyOf(address))?.take(address));
    for (const port of portsHeld(spec)) holding(() => this.#ports.take(port));
  }

  #fillFamilies(service: Draft, old?: Service): void {
    const { spec } = service;
    if (!needsClusterIP(spec) || keepsPreferDualStack(spec, old?.spec)) return;
    defaultPolicy(spec, old?.spec);
    refuse(service, validateClusterIPs(service, old, DEFAULT_GATES));
    refuse(service, fillFamilies(spec, old?.spec, this.#families));
  }
}

/** A defaulted copy that may be changed in place, with empty fields left out as JSON of the API leaves them out. */
function draft(object: KubeObject): Draft {
  const service = defaultObject(object) as Draft;
  const spec: ServiceSpec = service.spec ?? {};
  for (const key of ['clusterIP', 'loadBalancerIP', 'externalName', 'externalTrafficPolicy'] as const)
    if ((spec[key] as string | undefined) === '') delete spec[key];
  for (const key of ['clusterIPs', 'ipFamilies', 'externalIPs', 'loadBalancerSourceRanges'] as const)
    if (spec[key]?.length === 0) delete spec[key];
  if (spec.healthCheckNodePort === 0) delete spec.healthCheckNodePort;
  for (const port of spec.ports ?? []) if (port.nodePort === 0) delete port.nodePort;
  service.spec = spec;
  return service;
}

function holding(take: () => void): void {
  try {
    take();
  } catch (error) {
    if (!(error instanceof AllocationError)) throw error;
  }
}

function refuse(service: Service, issues: readonly Issue[]): void {
  if (issues.length > 0) throw invalid('Service', '', service.metadata.name, issues);
}
