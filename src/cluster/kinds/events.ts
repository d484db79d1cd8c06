// events.ts - Events of events.k8s.io: the same objects as those of the core group, under newer names.
import type { KubeObject } from '../../model/objects.js';
import { CLUSTER_COLUMNS } from '../columns/cluster.js';
import { EVENT } from './core.js';
import { kind, type Resource } from './kind.js';

/** Core name → new name (pkg/apis/events/v1/conversion.go). */
const RENAMED: Readonly<Record<string, string>> = {
  involvedObject: 'regarding',
  message: 'note',
  source: 'deprecatedSource',
  firstTimestamp: 'deprecatedFirstTimestamp',
  lastTimestamp: 'deprecatedLastTimestamp',
  count: 'deprecatedCount',
  reportingComponent: 'reportingController',
};

const BACK = Object.fromEntries(Object.entries(RENAMED).map(([core, now]) => [now, core]));

function renamed(object: KubeObject, apiVersion: string, names: Readonly<Record<string, string>>): KubeObject {
  const entries = Object.entries(object).map(([key, value]) => [Object.hasOwn(names, key) ? names[key] : key, value]);
  return { ...Object.fromEntries(entries), apiVersion };
}

export const EVENTS: readonly Resource[] = [
  kind('events.k8s.io/v1', 'Event', 'events', {
    shortNames: ['ev'],
    fields: [
      ...['regarding.kind', 'regarding.namespace', 'regarding.name', 'regarding.uid', 'regarding.apiVersion'],
      ...['regarding.resourceVersion', 'regarding.fieldPath', 'reason', 'reportingController', 'type'],
    ],
    columns: CLUSTER_COLUMNS.Event,
    view: {
      of: EVENT,
      toStored: (object) => renamed(object, 'v1', BACK),
      fromStored: (object) => renamed(object, 'events.k8s.io/v1', RENAMED),
    },
  }),
];
