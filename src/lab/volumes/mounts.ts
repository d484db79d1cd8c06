// mounts.ts - where a container has its volumes: volumeMounts, and the ServiceAccount's files that every pod has.
import { posix } from 'node:path';
import type { Container, KubeObject, Pod } from '../../model/objects.js';
import { expand } from './environment.js';
import type { Volume } from './sources.js';

interface VolumeMount {
  readonly name?: string;
  readonly mountPath?: string;
  readonly readOnly?: boolean;
  readonly subPath?: string;
  readonly subPathExpr?: string;
}

/** A volume at its place. */
interface Placed {
  readonly volume: string;
  /** Below the root of the volume; '' = all of it. */
  readonly subPath: string;
  readonly target: string;
  readonly readOnly: boolean;
}

/** Where clients inside a cluster look (client-go's rest.InClusterConfig). */
const ACCOUNT_PATH = '/var/run/secrets/kubernetes.io/serviceaccount';
export const ACCOUNT_VOLUME = 'kube-api-access';
/** Life of the token in it, in seconds, as the admission of ServiceAccounts asks for it. */
export const ACCOUNT_SECONDS = 3607;

const containersOf = ({ spec }: Pod): readonly Container[] => [...spec.containers, ...(spec.initContainers ?? [])];

export const containerNamed = (pod: Pod, name: string | undefined): Container | undefined =>
  name === undefined || name === '' ? pod.spec.containers[0] : containersOf(pod).find((one) => one.name === name);

export const volumesOf = ({ spec }: Pod): readonly Volume[] => (spec.volumes ?? []) as readonly Volume[];

const mountsOf = (container: Container): readonly VolumeMount[] =>
  (container.volumeMounts ?? []) as readonly VolumeMount[];

/** True if the pod gets the files of its ServiceAccount without asking for them. */
export function wantsAccount({ spec }: Pod, account: KubeObject | undefined): boolean {
  return (spec.automountServiceAccountToken ?? account?.automountServiceAccountToken ?? true) !== false;
}

/** Sources whose files no program of the pod may write. */
const isGiven = ({ configMap, secret, downwardAPI, projected }: Volume): boolean =>
  Boolean(configMap ?? secret ?? downwardAPI ?? projected);

/**
 * The mounts of a container in the order of its spec.
 * @param env for subPathExpr
 * @param account its ServiceAccount's files are mounted where the spec mounts nothing
 */
export function mountsFor(
  pod: Pod,
  container: Container,
  env: Readonly<Record<string, string>>,
  account: boolean,
): Placed[] {
  const volumes = new Map(volumesOf(pod).map((volume) => [volume.name, volume]));
  const known = new Map(Object.entries(env));
  const placed = mountsOf(container).flatMap((mount): Placed[] => {
    const { name = '', mountPath = '', readOnly = false, subPath, subPathExpr } = mount;
    const volume = volumes.get(name);
    const target = posix.normalize(`/${mountPath}`).replace(/\/$/, '');
    const below = posix.normalize(subPath ?? expand(subPathExpr ?? '', known)).replace(/^\.$|\/$/g, '');
    if (!volume || target === '' || below.split('/').includes('..') || below.startsWith('/')) return [];
    return [{ volume: name, subPath: below, target, readOnly: readOnly || isGiven(volume) }];
  });
  const own = { volume: ACCOUNT_VOLUME, subPath: '', target: ACCOUNT_PATH, readOnly: true };
  return account && !placed.some(({ target }) => target === ACCOUNT_PATH) ? [...placed, own] : placed;
}
