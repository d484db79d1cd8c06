// connect.ts - subresources that are no part of the object: programs, logs and connections in pods, and what is done to one.
import type { Subresource, Verb } from './kind.js';

const CONNECT: readonly Verb[] = ['create', 'get'];
const CREATE: readonly Verb[] = ['create'];

const core = (kind: string) => ({ group: '', version: 'v1', kind });

/** In the order in which discovery lists them. */
export const OF_PODS: readonly Subresource[] = [
  { name: 'attach', of: core('PodAttachOptions'), verbs: CONNECT },
  { name: 'binding', of: core('Binding'), verbs: CREATE },
  { name: 'ephemeralcontainers' },
  { name: 'eviction', of: { group: 'policy', version: 'v1', kind: 'Eviction' }, verbs: CREATE },
  { name: 'exec', of: core('PodExecOptions'), verbs: CONNECT },
  { name: 'log', verbs: ['get'] },
  { name: 'portforward', of: core('PodPortForwardOptions'), verbs: CONNECT },
  { name: 'resize' },
];

/** The last word of whoever waits before a namespace goes. */
export const FINALIZE: Subresource = { name: 'finalize', verbs: ['update'] };

export const TOKEN: Subresource = {
  name: 'token',
  of: { group: 'authentication.k8s.io', version: 'v1', kind: 'TokenRequest' },
  verbs: CREATE,
};

/** @param kind PodProxyOptions ... */
export const proxy = (kind: string): Subresource => ({
  name: 'proxy',
  of: core(kind),
  verbs: ['create', 'delete', 'get', 'patch', 'update'],
  path: true,
});
