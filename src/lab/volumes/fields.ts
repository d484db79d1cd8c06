// fields.ts - fields of a pod as text, for its programs: fieldRef and resourceFieldRef (core/v1).

import type { Container, Pod } from '../../model/objects.js';
import { parseQuantity } from '../../model/quantity.js';

export interface FieldRef {
  readonly fieldPath?: string;
}

export interface ResourceFieldRef {
  readonly containerName?: string;
  readonly resource?: string;
  readonly divisor?: string | number;
}

/** `key="value"`, a line each, sorted: what a file of all labels or annotations has. */
function mapText(map: Readonly<Record<string, string>> = {}): string {
  return Object.keys(map)
    .sort()
    .map((key) => `${key}=${JSON.stringify(map[key])}`)
    .join('\n');
}

const KEYED = /^metadata\.(labels|annotations)\['(.*)'\]$/;

/** The value of a field; null for one that cannot be asked for. */
export function fieldValue({ metadata, spec, status = {} }: Pod, path: string): string | null {
  const keyed = KEYED.exec(path);
  if (keyed) return metadata[keyed[1] as 'labels' | 'annotations']?.[keyed[2] ?? ''] ?? '';
  const list = (one: string | undefined, all: readonly { ip: string }[] | undefined): string =>
    all?.map(({ ip }) => ip).join(',') ?? one ?? '';
  const values: Readonly<Record<string, string>> = {
    'metadata.name': metadata.name,
    'metadata.namespace': metadata.namespace ?? 'default',
    'metadata.uid': metadata.uid ?? '',
    'metadata.labels': mapText(metadata.labels),
    'metadata.annotations': mapText(metadata.annotations),
    'spec.nodeName': spec.nodeName ?? '',
    'spec.serviceAccountName': accountOf(spec),
    'status.hostIP': status.hostIP ?? '',
    'status.hostIPs': list(status.hostIP, status.hostIPs),
    'status.podIP': status.podIP ?? '',
    'status.podIPs': list(status.podIP, status.podIPs),
  };
  return values[path] ?? null;
}

/** The name of the pod's ServiceAccount. */
export const accountOf = ({ serviceAccountName }: Pod['spec']): string =>
  typeof serviceAccountName === 'string' && serviceAccountName !== '' ? serviceAccountName : 'default';

type Amounts = Readonly<Record<string, string | number>>;

/** `limits.cpu` and the like, in multiples of the divisor, rounded up. Without a limit there is none to tell: 0. */
export function resourceValue(container: Container | undefined, ref: ResourceFieldRef): string | null {
  const [which = '', ...rest] = (ref.resource ?? '').split('.');
  const resources = (container?.resources ?? {}) as { limits?: Amounts; requests?: Amounts };
  if (!container || (which !== 'limits' && which !== 'requests')) return null;
  const amount = parseQuantity(resources[which]?.[rest.join('.')] ?? resources.limits?.[rest.join('.')] ?? 0);
  const divisor = parseQuantity(ref.divisor ?? 1).milli || 1000;
  return String(Math.ceil(amount.milli / divisor));
}
