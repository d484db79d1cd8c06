// own.ts - kinds of kubewire's own: the lab itself, who is outside of its cluster, and links that misbehave.
import { CLUSTER_COLUMNS } from '../columns/cluster.js';
import { kind, type Resource, SUBRESOURCES } from './kind.js';

const { status } = SUBRESOURCES;

export const OWN: readonly Resource[] = [
  kind('kubewire.dev/v1alpha1', 'Client', 'clients', {
    namespaced: false,
    subresources: [status],
    columns: CLUSTER_COLUMNS.Client,
    rules: { status: 'given' },
  }),
  kind('kubewire.dev/v1alpha1', 'Lab', 'labs', {
    namespaced: false,
    subresources: [status],
    columns: CLUSTER_COLUMNS.Lab,
    rules: { status: 'given' },
  }),
  kind('kubewire.dev/v1alpha1', 'Link', 'links', {
    namespaced: false,
    columns: CLUSTER_COLUMNS.Link,
  }),
];
