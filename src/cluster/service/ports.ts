// ports.ts - allocates and releases NodePorts and health check NodePorts as a Service changes.
//
// The rules of initNodePorts, updateNodePorts and updateHealthCheckNodePort
// (pkg/registry/core/service/storage/alloc.go), Kubernetes 1.36.
import { AllocationError } from '../../allocate/bands.js';
import type { NodePortAllocator } from '../../allocate/nodeport.js';
import type { ServiceSpec } from '../../model/objects.js';
import { internalError, invalid, unknownError } from '../status.js';
import { type Draft, invalidValue, needsHealthCheckPort, needsNodePort, nodePortsOf } from './fields.js';

/** Ports of a new Service. Ports with the same number (TCP 53 and UDP 53) share one NodePort. */
export function allocatePorts(service: Draft, allocator: NodePortAllocator): void {
  if (needsNodePort(service.spec)) allocateNodePorts(service, allocator);
  if (needsHealthCheckPort(service.spec)) allocateHealthCheckPort(service.spec, allocator);
}

function allocateNodePorts(service: Draft, allocator: NodePortAllocator): void {
  const { spec } = service;
  const ports = spec.ports ?? [];
  const chosen = new Map<number, number>();
  for (const [i, port] of ports.entries()) {
    if (!port.nodePort && !picksNodePorts(spec)) continue;
    const shared = chosen.get(port.port);
    if (shared === undefined) {
      const asked = ports.find((other) => other.port === port.port && other.nodePort)?.nodePort;
      if (asked) take(service, allocator, i, asked);
      port.nodePort = asked ?? pick(allocator);
      chosen.set(port.port, port.nodePort);
    } else if (!port.nodePort) {
      port.nodePort = shared;
    } else if (port.nodePort !== shared) {
      take(service, allocator, i, port.nodePort);
    }
  }
}

/** Allocates the additional ports of an update, and returns those it no longer needs. */
export function updatePorts(service: Draft, old: ServiceSpec, allocator: NodePortAllocator): number[] {
  const { spec } = service;
  const unused: number[] = [];
  if (needsNodePort(spec)) unused.push(...updateNodePorts(service, old, allocator));
  else if (needsNodePort(old)) unused.push(...nodePortsOf(old));
  if (!needsHealthCheckPort(old) && needsHealthCheckPort(spec)) allocateHealthCheckPort(spec, allocator);
  if (needsHealthCheckPort(old) && !needsHealthCheckPort(spec) && old.healthCheckNodePort)
    unused.push(old.healthCheckNodePort);
  return unused;
}

function updateNodePorts(service: Draft, old: ServiceSpec, allocator: NodePortAllocator): number[] {
  const { spec } = service;
  const before = nodePortsOf(old);
  const taken = new Set<number>(before);
  const seen = new Set<string>();
  for (const [i, port] of (spec.ports ?? []).entries()) {
    if (!port.nodePort && !picksNodePorts(spec)) continue;
    if (!port.nodePort) {
      port.nodePort = pick(allocator);
    } else if (!taken.has(port.nodePort)) {
      take(service, allocator, i, port.nodePort);
      taken.add(port.nodePort);
    }
    const key = `${port.protocol ?? 'TCP'} ${port.nodePort}`;
    if (seen.has(key)) throw unknownError(`duplicate nodePort: {${key}}`);
    seen.add(key);
  }
  const after = new Set(nodePortsOf(spec));
  return before.filter((port) => !after.has(port));
}

/** Ports of the nodes that a Service has, the one of its health check too. */
export const portsHeld = (spec: ServiceSpec): number[] => [
  ...nodePortsOf(spec),
  ...(needsHealthCheckPort(spec) && spec.healthCheckNodePort ? [spec.healthCheckNodePort] : []),
];

/** Ports of a Service that is gone. */
export function releasePorts(spec: ServiceSpec, allocator: NodePortAllocator): void {
  for (const port of portsHeld(spec)) allocator.release(port);
}

const picksNodePorts = (spec: ServiceSpec): boolean =>
  spec.type === 'NodePort' || (spec.type === 'LoadBalancer' && spec.allocateLoadBalancerNodePorts !== false);

function pick(allocator: NodePortAllocator): number {
  try {
    return allocator.next();
  } catch (error) {
    if (error instanceof AllocationError) throw internalError(`failed to allocate a nodePort: ${error.message}`);
    throw error;
  }
}

function take(service: Draft, allocator: NodePortAllocator, index: number, port: number): void {
  try {
    allocator.take(port);
  } catch (error) {
    if (!(error instanceof AllocationError)) throw error;
    const issue = invalidValue(`spec.ports[${index}].nodePort`, port, error.message);
    throw invalid('Service', '', service.metadata.name, [issue]);
  }
}

function allocateHealthCheckPort(spec: ServiceSpec, allocator: NodePortAllocator): void {
  const asked = spec.healthCheckNodePort ?? 0;
  try {
    if (asked === 0) spec.healthCheckNodePort = allocator.next();
    else allocator.take(asked);
  } catch (error) {
    if (!(error instanceof AllocationError)) throw error;
    if (asked === 0) throw internalError(`failed to allocate a HealthCheck NodePort 0: ${error.message}`);
    throw internalError(`failed to allocate requested HealthCheck NodePort ${asked}: ${error.message}`);
  }
}
