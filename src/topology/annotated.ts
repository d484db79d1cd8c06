// annotated.ts - warnings about annotations that the lab reads: invalid values, or an object on which nobody looks.
//
// An API server accepts any text as an annotation, so nothing is refused. Each warning says what happens instead.
import { warning } from '../manifest/check.js';
import type { LoadedObject } from '../manifest/load.js';
import { didYouMean, nearest } from '../manifest/suggest.js';
import { quote } from '../manifest/validate/field-error.js';
import type { Issue } from '../model/issue.js';
import type { KubeObject, ObjectMeta } from '../model/objects.js';
import { EXTERNAL_ROUTE_ANNOTATION, externalRouteIn, IP_MODE_ANNOTATION, ipModeIn } from '../plan/balancing.js';
import { DEFAULT_CONFIG, IPVS_SCHEDULERS } from '../plan/config.js';
import type { ProxyConfig } from '../plan/plan.js';
import { isScheduler, SCHEDULER_ANNOTATION, schedulerName } from '../plan/scheduler.js';
import { MOST_WEIGHT, USUAL_WEIGHT, WEIGHT_ANNOTATION, weightIn } from '../plan/weights.js';
import {
  CPU_ANNOTATION,
  cpuIn,
  FAILURE_RATE_ANNOTATION,
  failureRateIn,
  LATENCY_ANNOTATION,
  latencyIn,
} from './manners.js';

/** The value of --ipvs-scheduler, where it is known. */
export type SchedulerConfig = Pick<ProxyConfig, 'ipvsScheduler'>;

interface Rule {
  readonly key: string;
  /** Endpoints are included because their slices inherit their annotations. */
  readonly kinds: readonly string[];
  readonly home: string;
  /** What is wrong with the text; null when it is valid. */
  judge(text: string, kind: string, config: SchedulerConfig): string | null;
}

const RULES: readonly Rule[] = [
  {
    key: SCHEDULER_ANNOTATION,
    kinds: ['Service'],
    home: 'a Service',
    judge(text, _, config) {
      if (isScheduler(text)) return null;
      const hint = didYouMean(text, IPVS_SCHEDULERS) || ` (there are ${IPVS_SCHEDULERS.join(', ')})`;
      return `${quote(text)} is no scheduler of IPVS, ${schedulerName('', config)} is used instead${hint}`;
    },
  },
  {
    key: WEIGHT_ANNOTATION,
    kinds: ['Pod', 'EndpointSlice', 'Endpoints'],
    home: 'a Pod, a pod template or an EndpointSlice',
    judge(text, kind) {
      if (weightIn({ annotations: { [WEIGHT_ANNOTATION]: text } }) !== null) return null;
      const used = kind === 'Pod' ? `that of its EndpointSlice, else ${USUAL_WEIGHT},` : USUAL_WEIGHT;
      return `${quote(text)} is not a whole number from 0 to ${MOST_WEIGHT}, ${used} is used instead`;
    },
  },
  {
    key: IP_MODE_ANNOTATION,
    kinds: ['Service'],
    home: 'a Service',
    judge: (text) =>
      ipModeIn({ annotations: { [IP_MODE_ANNOTATION]: text } })
        ? null
        : `${quote(text)} is neither VIP nor Proxy, the load balancer does as before`,
  },
  {
    key: EXTERNAL_ROUTE_ANNOTATION,
    kinds: ['Service'],
    home: 'a Service',
    judge: (text) =>
      externalRouteIn({ annotations: { [EXTERNAL_ROUTE_ANNOTATION]: text } })
        ? null
        : `${quote(text)} is neither all nor names of nodes with commas between, so there is no route`,
  },
  ...(
    [
      [LATENCY_ANNOTATION, latencyIn, 'a time up to a minute (50ms, 1.5s), answers do not wait'],
      [FAILURE_RATE_ANNOTATION, failureRateIn, 'a part of all requests (5%, 0.05), none fails'],
      [CPU_ANNOTATION, cpuIn, 'a time a request (20ms) or a part of a processor (250m), it is not busy'],
    ] as const
  ).map(
    ([key, read, what]): Rule => ({
      key,
      kinds: ['Pod'],
      home: 'a Pod or a pod template',
      judge: (text) => (read(text) === null ? `${quote(text)} is not ${what}` : null),
    }),
  ),
];

const PREFIX = 'kubewire.dev/';
const NAMES = RULES.map(({ key }) => key.slice(PREFIX.length));

function finding(key: string, text: string, kind: string, config: SchedulerConfig): string | null {
  const rule = RULES.find((known) => known.key === key);
  if (rule?.kinds.includes(kind)) return rule.judge(text, kind, config);
  if (rule) return `means nothing on a ${kind}, only on ${rule.home}`;
  const meant = key.startsWith(PREFIX) ? nearest(key.slice(PREFIX.length), NAMES) : undefined;
  return meant === undefined ? null : `nothing is known of it, did you mean "${PREFIX}${meant}"?`;
}

/** Field path → the warning about it. */
export function annotationFindings(object: KubeObject, config: SchedulerConfig = DEFAULT_CONFIG): [string, string][] {
  const about = (meta: Pick<ObjectMeta, 'annotations'> | undefined, kind: string, path: string): [string, string][] =>
    Object.entries(meta?.annotations ?? {}).flatMap(([key, text]): [string, string][] => {
      const found = finding(key, text, kind, config);
      return found === null ? [] : [[`${path}metadata.annotations[${key}]`, found]];
    });
  const { template } = (object.spec ?? {}) as { template?: Partial<KubeObject> };
  return [...about(object.metadata, object.kind, ''), ...about(template?.metadata, 'Pod', 'spec.template.')];
}

/** The same warnings, each with its place in the manifests. */
export function annotationWarnings(objects: readonly LoadedObject[], config?: SchedulerConfig): Issue[] {
  return objects.flatMap((loaded) =>
    annotationFindings(loaded.object, config).map(([field, detail]) => warning(loaded, field, detail)),
  );
}
