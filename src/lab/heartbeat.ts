// heartbeat.ts - the sign of life of every node that is switched on: its Lease, renewed again and again.
import type { KubeObject, Node } from '../model/objects.js';
import type { ObjectStore } from './registration.js';

/** Where nodes keep their Leases. */
const LEASES = 'kube-node-lease';
const LEASE_API = 'coordination.k8s.io/v1';
/** For whoever reads the Lease (--node-lease-duration-seconds of the kubelet, by default). */
const LEASE_SECONDS = 40;

/** MicroTime of meta/v1. */
const microTime = (date: Date): string => date.toISOString().replace('Z', '000Z');

/** Pause between two renewals, in milliseconds: as the kubelet's, or five within the time after which a node is lost. */
export const beatMs = (nodeGraceMs: number): number => Math.min(10_000, nodeGraceMs / 5);

/** Renews the Lease of a node. A node whose object is gone has none. */
export function renewLease(store: ObjectStore, name: string, now: Date): void {
  const node = store.get<Node>('Node', '', name);
  if (!node || !ensureNamespace(store)) return;
  const spec = { holderIdentity: name, leaseDurationSeconds: LEASE_SECONDS, renewTime: microTime(now) };
  const known = store.get<KubeObject>('Lease', LEASES, name);
  if (known) {
    store.update({ ...known, metadata: { ...known.metadata, resourceVersion: '' }, spec });
    return;
  }
  const owner = { apiVersion: 'v1', kind: 'Node', name, uid: node.metadata.uid ?? '' };
  store.create({
    apiVersion: LEASE_API,
    kind: 'Lease',
    metadata: { name, namespace: LEASES, ownerReferences: [owner] },
    spec,
  });
}

/** False while somebody is deleting it. */
function ensureNamespace(store: ObjectStore): boolean {
  const known = store.get('Namespace', '', LEASES);
  if (!known) store.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: LEASES } });
  return known?.metadata.deletionTimestamp === undefined;
}
