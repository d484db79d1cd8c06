// pod.ts - validation of Pods and of the pod templates in workloads, as far as kubewire runs them.
//
// Volumes, security, probes and scheduling constraints are taken as they come.

import type { Issue } from '../../model/issue.js';
import type { Container, ContainerPort, Pod, PodSpec } from '../../model/objects.js';
import { duplicate, invalid, invalidEach, notSupported, required } from './field-error.js';
import { dns1123Label, dns1123Subdomain, portName, portNumber } from './formats.js';
import { type Gates, withGates } from './gates.js';
import { legacyAddress } from './ip.js';
import { validateLabels, validateMetadata, validateMetadataUpdate } from './metadata.js';
import { PROTOCOLS } from './service-ports.js';

const RESTART_POLICIES = ['Always', 'OnFailure', 'Never'];
const DNS_POLICIES = ['ClusterFirst', 'ClusterFirstWithHostNet', 'Default', 'None'];
const PULL_POLICIES = ['Always', 'IfNotPresent', 'Never'];

function validatePort(port: ContainerPort, field: string, names: Set<string>): Issue[] {
  const issues: Issue[] = [];
  const { name = '', containerPort = 0, hostPort = 0, protocol } = port;
  if (name !== '') {
    const wrong = portName(name);
    issues.push(...invalidEach(`${field}.name`, name, wrong));
    if (wrong.length === 0 && names.has(name)) issues.push(duplicate(`${field}.name`, name));
    names.add(name);
  }
  if (containerPort === 0) issues.push(required(`${field}.containerPort`));
  else issues.push(...invalidEach(`${field}.containerPort`, containerPort, portNumber(containerPort)));
  if (hostPort !== 0) issues.push(...invalidEach(`${field}.hostPort`, hostPort, portNumber(hostPort)));
  if (!protocol) issues.push(required(`${field}.protocol`));
  else if (!PROTOCOLS.includes(protocol)) issues.push(notSupported(`${field}.protocol`, protocol, PROTOCOLS));
  return issues;
}

/** Each port of the node once in a pod; with the node's own network the two numbers are one. */
function validateHostPorts(containers: readonly Container[], field: string, hostNetwork: boolean): Issue[] {
  const taken = new Set<string>();
  return containers.flatMap(({ ports }, i) =>
    (ports ?? []).flatMap(({ protocol = '', hostIP = '', hostPort = 0, containerPort }, j) => {
      const place = `${field}[${i}].ports[${j}]`;
      if (hostNetwork && hostPort !== containerPort)
        return [invalid(`${place}.containerPort`, containerPort, 'must match `hostPort` when `hostNetwork` is true')];
      const key = `${protocol}/${hostIP}/${hostPort}`;
      if (hostPort === 0) return [];
      if (taken.has(key)) return [duplicate(`${place}.hostPort`, key)];
      taken.add(key);
      return [];
    }),
  );
}

function validateContainer(container: Container, field: string, names: Set<string>): Issue[] {
  const issues: Issue[] = [];
  const { name = '', image = '' } = container;
  if (name === '') issues.push(required(`${field}.name`));
  else {
    issues.push(...invalidEach(`${field}.name`, name, dns1123Label(name)));
    if (names.has(name)) issues.push(duplicate(`${field}.name`, name));
    names.add(name);
  }
  if (image === '') issues.push(required(`${field}.image`));
  else if (image.trim() !== image) {
    issues.push(invalid(`${field}.image`, image, 'must not have leading or trailing whitespace'));
  }
  const portNames = new Set<string>();
  for (const [i, port] of (container.ports ?? []).entries()) {
    issues.push(...validatePort(port, `${field}.ports[${i}]`, portNames));
  }
  const policy = container.imagePullPolicy;
  if (policy !== undefined && !PULL_POLICIES.includes(String(policy))) {
    issues.push(notSupported(`${field}.imagePullPolicy`, policy, PULL_POLICIES));
  }
  return issues;
}

function validateHostAliases(spec: PodSpec, field: string, gates: Gates): Issue[] {
  const aliases = (spec.hostAliases ?? []) as { ip?: string; hostnames?: string[] }[];
  return aliases.flatMap(({ ip = '', hostnames = [] }, i) => [
    ...legacyAddress(`${field}[${i}].ip`, ip, gates),
    ...hostnames.flatMap((name, j) => invalidEach(`${field}[${i}].hostnames[${j}]`, name, dns1123Subdomain(name))),
  ]);
}

export function validatePodSpec(spec: PodSpec, field: string, gates: Gates): Issue[] {
  const issues: Issue[] = [];
  const names = new Set<string>();
  const containers = spec.containers ?? [];
  if (containers.length === 0) issues.push(required(`${field}.containers`));
  for (const [i, container] of containers.entries()) {
    issues.push(...validateContainer(container, `${field}.containers[${i}]`, names));
  }
  issues.push(...validateHostPorts(containers, `${field}.containers`, spec.hostNetwork === true));
  for (const [i, container] of (spec.initContainers ?? []).entries()) {
    issues.push(...validateContainer(container, `${field}.initContainers[${i}]`, names));
  }
  const enums = [
    ['restartPolicy', RESTART_POLICIES],
    ['dnsPolicy', DNS_POLICIES],
  ] as const;
  for (const [key, known] of enums) {
    const value = spec[key];
    if (value !== undefined && !known.includes(String(value)))
      issues.push(notSupported(`${field}.${key}`, value, known));
  }
  issues.push(...validateLabels(spec.nodeSelector, `${field}.nodeSelector`));
  const texts = [
    ['nodeName', dns1123Subdomain],
    ['hostname', dns1123Label],
    ['subdomain', dns1123Label],
  ] as const;
  for (const [key, format] of texts) {
    const value = spec[key];
    if (value) issues.push(...invalidEach(`${field}.${key}`, value, format(value)));
  }
  return [...issues, ...validateHostAliases(spec, `${field}.hostAliases`, gates)];
}

/** A Pod that is new or, with `old`, replaces another. */
export function validatePod(pod: Pod, old?: Pod, gates?: Partial<Gates>): Issue[] {
  const metadata = old
    ? validateMetadataUpdate(pod.metadata, old.metadata)
    : validateMetadata(pod.metadata, true, dns1123Subdomain);
  return [...metadata, ...validatePodSpec(pod.spec ?? { containers: [] }, 'spec', withGates(gates))];
}
