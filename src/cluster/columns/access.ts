// access.ts - tables for access rules, leases and server extensions.
import type { KubeObject } from '../../model/objects.js';
import { ageOf, type Columns, headings } from './columns.js';

interface Binding extends KubeObject {
  roleRef?: { kind: string; name: string };
  subjects?: { kind: string; name: string; namespace?: string }[];
}

const bindings: Columns = {
  columns: headings('Name Role Age | Users Groups ServiceAccounts'),
  row(object, now) {
    const { metadata, roleRef, subjects = [] } = object as Binding;
    const ofKind = (kind: string) => subjects.filter((subject) => subject.kind === kind);
    const names = (kind: string): string =>
      ofKind(kind)
        .map(({ name }) => name)
        .join(', ');
    const accounts = ofKind('ServiceAccount').map(({ namespace = '', name }) => `${namespace}/${name}`);
    const role = `${roleRef?.kind ?? ''}/${roleRef?.name ?? ''}`;
    return [metadata.name, role, ageOf(object, now), names('User'), names('Group'), accounts.join(', ')];
  },
};

const leases: Columns = {
  columns: headings('Name Holder Age'),
  row(object, now) {
    const { holderIdentity = '' } = (object.spec ?? {}) as { holderIdentity?: string };
    return [object.metadata.name, holderIdentity, ageOf(object, now)];
  },
};

const webhooks: Columns = {
  columns: headings('Name Webhooks:integer Age'),
  row(object, now) {
    const { webhooks: list = [] } = object as { webhooks?: unknown[] };
    return [object.metadata.name, list.length, ageOf(object, now)];
  },
};

interface ApiService extends KubeObject {
  spec?: { service?: { namespace: string; name: string } };
  status?: { conditions?: { type: string; status: string; reason?: string }[] };
}

const apiServices: Columns = {
  columns: headings('Name Service Available Age'),
  row(object, now) {
    const { metadata, spec, status } = object as ApiService;
    const available = status?.conditions?.find(({ type }) => type === 'Available');
    const text = available && available.status !== 'True' ? `${available.status} (${available.reason ?? ''})` : 'True';
    const service = spec?.service ? `${spec.service.namespace}/${spec.service.name}` : 'Local';
    return [metadata.name, service, available ? text : 'Unknown', ageOf(object, now)];
  },
};

export const ACCESS_COLUMNS = {
  RoleBinding: bindings,
  Lease: leases,
  Webhooks: webhooks,
  APIService: apiServices,
} as const satisfies Readonly<Record<string, Columns>>;
