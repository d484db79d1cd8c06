// metrics.ts - kinds of metrics.k8s.io: made of counters when they are read, and never kept.
import { METRICS_COLUMNS } from '../columns/metrics.js';
import { kind, type Options, type Resource } from './kind.js';

const READ: Options = { verbs: ['get', 'list'], columns: METRICS_COLUMNS };

export const NODE_METRICS = kind('metrics.k8s.io/v1beta1', 'NodeMetrics', 'nodes', {
  ...READ,
  namespaced: false,
  singular: '',
});

export const POD_METRICS = kind('metrics.k8s.io/v1beta1', 'PodMetrics', 'pods', { ...READ, singular: '' });

export const METRICS: readonly Resource[] = [NODE_METRICS, POD_METRICS];
