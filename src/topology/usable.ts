// usable.ts - checks addresses in a status: an API server accepts any text there, but a network cannot use it.
import { finding } from '../manifest/check.js';
import type { LoadedObject } from '../manifest/load.js';
import { parseAddress, parseCidr } from '../model/address.js';
import type { Issue } from '../model/issue.js';
import type { KubeObject } from '../model/objects.js';

const IP_TYPES: ReadonlySet<unknown> = new Set(['InternalIP', 'ExternalIP']);

const noAddress = (value: unknown): string | null =>
  typeof value === 'string' && parseAddress(value) ? null : `${JSON.stringify(value ?? null)} is no IP address`;

const noRange = (range: string | undefined): string | null =>
  !range || parseCidr(range) ? null : `${JSON.stringify(range)} is no CIDR`;

interface NodeLike {
  readonly spec?: { readonly podCIDR?: string; readonly podCIDRs?: readonly string[] };
  readonly status?: { readonly addresses?: readonly { readonly type?: string; readonly address?: string }[] };
}
interface PodLike {
  readonly status?: { readonly podIP?: string; readonly podIPs?: readonly { readonly ip?: string }[] };
}

function ofNode({ spec, status }: NodeLike): [string, string | null][] {
  return [
    ['spec.podCIDR', noRange(spec?.podCIDR)],
    ...(spec?.podCIDRs ?? []).map((range, i): [string, string | null] => [
      `spec.podCIDRs[${i}]`,
      range === '' ? '"" is no CIDR' : noRange(range),
    ]),
    ...(status?.addresses ?? []).map(({ type, address }, i): [string, string | null] => [
      `status.addresses[${i}].address`,
      IP_TYPES.has(type) ? noAddress(address) : null,
    ]),
  ];
}

function ofPod({ status }: PodLike): [string, string | null][] {
  return [
    ['status.podIP', status?.podIP ? noAddress(status.podIP) : null],
    ...(status?.podIPs ?? []).map(({ ip }, i): [string, string | null] => [`status.podIPs[${i}].ip`, noAddress(ip)]),
  ];
}

/** Field path → what is wrong, for a Node or Pod whose status was written by hand. */
function findingsOf(object: KubeObject): [string, string][] {
  const found =
    object.kind === 'Node' ? ofNode(object as NodeLike) : object.kind === 'Pod' ? ofPod(object as PodLike) : [];
  return found.flatMap(([field, detail]): [string, string][] => (detail === null ? [] : [[field, detail]]));
}

/** Errors for every object from which the network is made. */
export const unusableIssues = (objects: readonly LoadedObject[]): Issue[] =>
  objects.flatMap((loaded) =>
    findingsOf(loaded.object).map(([field, detail]) => finding(loaded, 'FieldValueInvalid', field, detail)),
  );
