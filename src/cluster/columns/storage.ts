// storage.ts - tables of volumes and claims, and of what limits a namespace.
import type { KubeObject } from '../../model/objects.js';
import { ageOf, type Columns, headings } from './columns.js';

const MODES: Readonly<Record<string, string>> = {
  ReadWriteOnce: 'RWO',
  ReadOnlyMany: 'ROX',
  ReadWriteMany: 'RWX',
  ReadWriteOncePod: 'RWOP',
};

/** In the order that tables have, each once. */
const modes = (list: readonly string[] = []): string =>
  Object.entries(MODES)
    .flatMap(([mode, short]) => (list.includes(mode) ? [short] : []))
    .join(',');

interface Volume extends KubeObject {
  spec?: {
    capacity?: { storage?: string };
    accessModes?: string[];
    persistentVolumeReclaimPolicy?: string;
    claimRef?: { namespace?: string; name?: string };
    storageClassName?: string;
    volumeAttributesClassName?: string;
    volumeMode?: string;
  };
  status?: { phase?: string; reason?: string };
}

const volumes: Columns = {
  columns: headings(
    'Name Capacity Access_Modes Reclaim_Policy Status Claim StorageClass VolumeAttributesClass Reason Age | VolumeMode',
  ),
  row(object, now) {
    const { metadata, spec = {}, status = {} } = object as Volume;
    return [
      metadata.name,
      spec.capacity?.storage ?? '',
      modes(spec.accessModes),
      spec.persistentVolumeReclaimPolicy ?? '',
      metadata.deletionTimestamp ? 'Terminating' : (status.phase ?? ''),
      spec.claimRef ? `${spec.claimRef.namespace ?? ''}/${spec.claimRef.name ?? ''}` : '',
      spec.storageClassName ?? '',
      spec.volumeAttributesClassName ?? '<unset>',
      status.reason ?? '',
      ageOf(object, now),
      spec.volumeMode ?? '<unset>',
    ];
  },
};

interface Claim extends KubeObject {
  spec?: {
    accessModes?: string[];
    volumeName?: string;
    storageClassName?: string;
    volumeAttributesClassName?: string;
    volumeMode?: string;
  };
  status?: { phase?: string; capacity?: { storage?: string }; accessModes?: string[] };
}

const claims: Columns = {
  columns: headings('Name Status Volume Capacity Access_Modes StorageClass VolumeAttributesClass Age | VolumeMode'),
  row(object, now) {
    const { metadata, spec = {}, status = {} } = object as Claim;
    const bound = spec.volumeName !== undefined && spec.volumeName !== '';
    return [
      metadata.name,
      metadata.deletionTimestamp ? 'Terminating' : (status.phase ?? ''),
      spec.volumeName ?? '',
      bound ? (status.capacity?.storage ?? '0') : '',
      bound ? modes(status.accessModes) : '',
      spec.storageClassName ?? '',
      spec.volumeAttributesClassName ?? '<unset>',
      ageOf(object, now),
      spec.volumeMode ?? '<unset>',
    ];
  },
};

const DEFAULT_CLASS = 'storageclass.kubernetes.io/is-default-class';

const classes: Columns = {
  columns: headings('Name Provisioner ReclaimPolicy VolumeBindingMode AllowVolumeExpansion Age'),
  row(object, now) {
    const { metadata } = object;
    return [
      metadata.annotations?.[DEFAULT_CLASS] === 'true' ? `${metadata.name} (default)` : metadata.name,
      String(object.provisioner ?? ''),
      String(object.reclaimPolicy ?? 'Delete'),
      String(object.volumeBindingMode ?? 'Immediate'),
      object.allowVolumeExpansion === true,
      ageOf(object, now),
    ];
  },
};

const csiDrivers: Columns = {
  columns: headings(
    'Name AttachRequired:boolean PodInfoOnMount:boolean StorageCapacity:boolean TokenRequests RequiresRepublish:boolean Modes Age',
  ),
  row(object, now) {
    const spec = (object.spec ?? {}) as Record<string, unknown>;
    const tokens = ((spec.tokenRequests ?? []) as { audience: string }[]).map(({ audience }) => audience);
    const lifecycle = (spec.volumeLifecycleModes ?? []) as string[];
    return [
      object.metadata.name,
      spec.attachRequired !== false,
      spec.podInfoOnMount === true,
      spec.storageCapacity === true,
      tokens.join(',') || '<unset>',
      spec.requiresRepublish === true,
      lifecycle.join(',') || 'Persistent',
      ageOf(object, now),
    ];
  },
};

const priorityClasses: Columns = {
  columns: headings('Name Value Global-Default:boolean Age PreemptionPolicy'),
  row: (object, now) => [
    object.metadata.name,
    Number(object.value ?? 0),
    object.globalDefault === true,
    ageOf(object, now),
    String(object.preemptionPolicy ?? ''),
  ],
};

interface Quota extends KubeObject {
  status?: { hard?: Record<string, string>; used?: Record<string, string> };
}

/** Limits are told apart from requests. */
const isLimit = (resource: string): boolean => resource.startsWith('limits.');

const quotas: Columns = {
  columns: headings('Name Request Limit Age'),
  row(object, now) {
    const { hard = {}, used = {} } = (object as Quota).status ?? {};
    const shown = (limits: boolean): string =>
      Object.keys(hard)
        .filter((name) => isLimit(name) === limits)
        .sort()
        .map((name) => `${name}: ${used[name] ?? '0'}/${hard[name]}`)
        .join(', ');
    return [object.metadata.name, shown(false), shown(true), ageOf(object, now)];
  },
};

export const STORAGE_COLUMNS = {
  PersistentVolume: volumes,
  PersistentVolumeClaim: claims,
  StorageClass: classes,
  CSIDriver: csiDrivers,
  PriorityClass: priorityClasses,
  ResourceQuota: quotas,
} as const satisfies Readonly<Record<string, Columns>>;
