// sources.ts - the files of a pod's volumes: ConfigMap, Secret, downwardAPI and projected ones, as values.
import type { KubeObject, Pod } from '../../model/objects.js';
import { type FieldRef, fieldValue, type ResourceFieldRef, resourceValue } from './fields.js';

interface KeyToPath {
  readonly key?: string;
  readonly path?: string;
  readonly mode?: number;
}

interface MapSource {
  readonly name?: string;
  readonly secretName?: string;
  readonly items?: readonly KeyToPath[];
  readonly optional?: boolean;
  readonly defaultMode?: number;
}

interface DownwardItem {
  readonly path?: string;
  readonly fieldRef?: FieldRef;
  readonly resourceFieldRef?: ResourceFieldRef;
  readonly mode?: number;
}

interface DownwardSource {
  readonly items?: readonly DownwardItem[];
  readonly defaultMode?: number;
}

/** How long a token lives whose source does not say it, in seconds (core/v1 ServiceAccountTokenProjection). */
export const TOKEN_SECONDS = 3600;

export interface TokenSource {
  readonly audience?: string;
  readonly expirationSeconds?: number;
  readonly path?: string;
}

interface Projection {
  readonly configMap?: MapSource;
  readonly secret?: MapSource;
  readonly downwardAPI?: DownwardSource;
  readonly serviceAccountToken?: TokenSource;
}

/** A volume of a pod (core/v1 Volume), as far as it has files. */
export interface Volume {
  readonly name: string;
  readonly configMap?: MapSource;
  readonly secret?: MapSource;
  readonly downwardAPI?: DownwardSource;
  readonly projected?: { readonly sources?: readonly Projection[]; readonly defaultMode?: number };
  readonly persistentVolumeClaim?: { readonly claimName?: string; readonly readOnly?: boolean };
  readonly [source: string]: unknown;
}

interface VolumeFile {
  readonly bytes: Buffer;
  readonly mode: number;
}

/** Files by their paths in the volume. */
export type VolumeFiles = Map<string, VolumeFile>;

/** What volumes are made from. */
export interface VolumeWorld {
  readonly get: (kind: string, namespace: string, name: string) => KubeObject | undefined;
  /** Null: nobody signs tokens here. */
  readonly token: ((pod: Pod, source: TokenSource) => Promise<string>) | null;
}

interface Building {
  readonly pod: Pod;
  readonly world: VolumeWorld;
  readonly files: VolumeFiles;
  /** What is not there and must be, in sentences. */
  readonly problems: string[];
}

const DEFAULT_MODE = 0o644;

/** A path stays in its volume. */
const isInside = (path: string): boolean => path !== '' && !path.startsWith('/') && !path.split('/').includes('..');

function put({ files, problems }: Building, path: string, bytes: Buffer, mode: number): void {
  if (isInside(path)) files.set(path, { bytes, mode });
  else problems.push(`"${path}" is no path in a volume`);
}

/** The bytes of a ConfigMap or a Secret by key. */
export function dataOf(object: KubeObject): Map<string, Buffer> {
  const { data = {}, binaryData = {} } = object as {
    data?: Record<string, string>;
    binaryData?: Record<string, string>;
  };
  const encoding = object.kind === 'Secret' ? 'base64' : 'utf8';
  return new Map([
    ...Object.entries(data ?? {}).map(([key, text]) => [key, Buffer.from(text, encoding)] as const),
    ...Object.entries(binaryData ?? {}).map(([key, text]) => [key, Buffer.from(text, 'base64')] as const),
  ]);
}

function addMap(building: Building, kind: 'ConfigMap' | 'Secret', source: MapSource, defaultMode: number): void {
  const { pod, world, problems } = building;
  const name = source.secretName ?? source.name ?? '';
  const object = world.get(kind, pod.metadata.namespace ?? 'default', name);
  if (!object) {
    if (!source.optional) problems.push(`${kind.toLowerCase()} "${name}" not found`);
    return;
  }
  const data = dataOf(object);
  const items = source.items ?? [...data.keys()].map((key): KeyToPath => ({ key, path: key }));
  for (const { key = '', path = '', mode } of items) {
    const bytes = data.get(key);
    if (bytes) put(building, path, bytes, mode ?? source.defaultMode ?? defaultMode);
    else if (!source.optional)
      problems.push(`references non-existent ${kind === 'Secret' ? 'secret' : 'config'} key: ${key}`);
  }
}

function addFields(building: Building, { items = [], defaultMode }: DownwardSource, fallback: number): void {
  const { pod, problems } = building;
  for (const { path = '', fieldRef, resourceFieldRef, mode } of items) {
    const container = pod.spec.containers.find(({ name }) => name === resourceFieldRef?.containerName);
    const value = fieldRef
      ? fieldValue(pod, fieldRef.fieldPath ?? '')
      : resourceValue(container, resourceFieldRef ?? {});
    if (value === null) problems.push(`no field for "${path}"`);
    else put(building, path, Buffer.from(value), mode ?? defaultMode ?? fallback);
  }
}

async function addToken(building: Building, source: TokenSource, mode: number): Promise<void> {
  const { pod, world } = building;
  if (world.token) put(building, source.path ?? 'token', Buffer.from(await world.token(pod, source)), mode);
}

async function addProjections(building: Building, { projected = {} }: Volume): Promise<void> {
  const mode = projected.defaultMode ?? DEFAULT_MODE;
  for (const { configMap, secret, downwardAPI, serviceAccountToken } of projected.sources ?? []) {
    if (configMap) addMap(building, 'ConfigMap', configMap, mode);
    if (secret) addMap(building, 'Secret', secret, mode);
    if (downwardAPI) addFields(building, downwardAPI, mode);
    if (serviceAccountToken) await addToken(building, serviceAccountToken, mode);
  }
}

/** The files of a volume, and what is missing; null: it is a folder that programs fill. */
export async function filesOf(
  pod: Pod,
  volume: Volume,
  world: VolumeWorld,
): Promise<{ readonly files: VolumeFiles; readonly problems: readonly string[] } | null> {
  const { configMap, secret, downwardAPI, projected } = volume;
  if (!configMap && !secret && !downwardAPI && !projected) return null;
  const building: Building = { pod, world, files: new Map(), problems: [] };
  if (configMap) addMap(building, 'ConfigMap', configMap, DEFAULT_MODE);
  if (secret) addMap(building, 'Secret', secret, DEFAULT_MODE);
  if (downwardAPI) addFields(building, downwardAPI, DEFAULT_MODE);
  if (projected) await addProjections(building, volume);
  return building;
}

/** Does a volume have files of this object? */
export function isFrom(volume: Volume, kind: 'ConfigMap' | 'Secret', name: string): boolean {
  const key = kind === 'ConfigMap' ? 'configMap' : 'secret';
  return [volume, ...(volume.projected?.sources ?? [])].some((one) => {
    const source = one[key] as MapSource | undefined;
    return (source?.secretName ?? source?.name) === name;
  });
}
