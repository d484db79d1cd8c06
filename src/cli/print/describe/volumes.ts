// volumes.ts - volumes of a Pod as text. kubewire mounts none of them; they are shown because they were applied.
import type { Description } from './text.js';

type Source = Readonly<Record<string, unknown>>;
type Line = readonly [key: string, value: unknown];

const flag = (value: unknown): boolean => value === true;

/** Sources that are shown in full; others are shown by name only. */
const SOURCES: Readonly<Record<string, (source: Source) => readonly Line[]>> = {
  hostPath: (source) => [
    ['Type', 'HostPath (bare host directory volume)'],
    ['Path', source.path ?? ''],
    ['HostPathType', source.type ?? '<none>'],
  ],
  emptyDir: (source) => [
    ['Type', "EmptyDir (a temporary directory that shares a pod's lifetime)"],
    ['Medium', source.medium ?? ''],
    ['SizeLimit', source.sizeLimit ?? '<unset>'],
  ],
  secret: (source) => [
    ['Type', 'Secret (a volume populated by a Secret)'],
    ['SecretName', source.secretName ?? ''],
    ['Optional', flag(source.optional)],
  ],
  configMap: (source) => [
    ['Type', 'ConfigMap (a volume populated by a ConfigMap)'],
    ['Name', source.name ?? ''],
    ['Optional', flag(source.optional)],
  ],
  persistentVolumeClaim: (source) => [
    ['Type', 'PersistentVolumeClaim (a reference to a PersistentVolumeClaim in the same namespace)'],
    ['ClaimName', source.claimName ?? ''],
    ['ReadOnly', flag(source.readOnly)],
  ],
  projected: (source) => [
    ['Type', 'Projected (a volume that contains injected data from multiple sources)'],
    ...((source.sources ?? []) as Source[]).flatMap(projection),
  ],
};

function projection(source: Source): readonly Line[] {
  const named = (what: string, title: string): readonly Line[] => {
    const ref = source[what] as Source;
    return [
      [title, ref.name ?? ''],
      ['Optional', flag(ref.optional)],
    ];
  };
  if (source.secret) return named('secret', 'SecretName');
  if (source.configMap) return named('configMap', 'ConfigMapName');
  if (source.downwardAPI) return [['DownwardAPI', true]];
  const token = source.serviceAccountToken as Source | undefined;
  return token ? [['TokenExpirationSeconds', token.expirationSeconds ?? 3600]] : [];
}

/** `space` as for containers. */
export function describeVolumes(text: Description, volumes: readonly Source[] | undefined, space: string): void {
  if (!volumes?.length) {
    text.line(0, `${space}Volumes:\t<none>`);
    return;
  }
  text.line(0, `${space}Volumes:`);
  for (const { name, ...sources } of volumes) {
    text.line(1, `${space === '' ? '' : ' '}${name}:`);
    const [kind] = Object.keys(sources);
    const lines = SOURCES[kind ?? '']?.(sources[kind ?? ''] as Source);
    if (!lines) text.line(1, '<unknown>');
    for (const [key, value] of lines ?? []) text.line(2, `${key}:\t${value}`);
  }
}
