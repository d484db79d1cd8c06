// storage.ts - kinds of storage.k8s.io.
import { STORAGE_COLUMNS } from '../columns/storage.js';
import * as defaults from './defaults.js';
import { kind, type Options, type Resource, SUBRESOURCES } from './kind.js';

const CLUSTER: Options = { namespaced: false };

export const STORAGE: readonly Resource[] = [
  kind('storage.k8s.io/v1', 'CSIDriver', 'csidrivers', {
    ...CLUSTER,
    columns: STORAGE_COLUMNS.CSIDriver,
    rules: {
      status: {},
      defaults: defaults.spec({
        attachRequired: true,
        podInfoOnMount: false,
        storageCapacity: false,
        fsGroupPolicy: 'ReadWriteOnceWithFSType',
        volumeLifecycleModes: ['Persistent'],
        requiresRepublish: false,
        seLinuxMount: false,
      }),
    },
  }),
  kind('storage.k8s.io/v1', 'CSINode', 'csinodes', CLUSTER),
  kind('storage.k8s.io/v1', 'CSIStorageCapacity', 'csistoragecapacities'),
  kind('storage.k8s.io/v1', 'StorageClass', 'storageclasses', {
    ...CLUSTER,
    shortNames: ['sc'],
    columns: STORAGE_COLUMNS.StorageClass,
    rules: {
      status: {},
      defaults: defaults.top({ reclaimPolicy: 'Delete', volumeBindingMode: 'Immediate' }),
    },
  }),
  kind('storage.k8s.io/v1', 'VolumeAttachment', 'volumeattachments', {
    ...CLUSTER,
    subresources: [SUBRESOURCES.status],
  }),
  kind('storage.k8s.io/v1', 'VolumeAttributesClass', 'volumeattributesclasses', { ...CLUSTER, shortNames: ['vac'] }),
];
