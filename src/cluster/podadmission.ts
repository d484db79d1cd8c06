// podadmission.ts - what a new pod is given when it is let in: priority, class of service, patience with lost nodes.
//
// Rules of the admission plugins Priority and DefaultTolerationSeconds and of qos.ComputePodQOS, Kubernetes 1.36.

import type { Container, KubeObject, Pod, PodSpec } from '../model/objects.js';
import { parseQuantity } from '../model/quantity.js';
import { POD } from './kinds/core.js';
import { type Toleration, tolerationsOf } from './scheduling/taints.js';
import { forbidden } from './status.js';
import type { Store, Strategy } from './store.js';

interface PriorityClass extends KubeObject {
  readonly value?: number;
  readonly globalDefault?: boolean;
  readonly preemptionPolicy?: string;
}

/** Seconds that a pod stays on a node that is lost, as a server has it by default. */
export const LOSS_TOLERATION_SECONDS = 300;
const LOST = ['node.kubernetes.io/not-ready', 'node.kubernetes.io/unreachable'];

function toleratesLoss(spec: PodSpec, tolerationSeconds: number): void {
  const given = tolerationsOf(spec);
  const meant = ({ key, effect }: Toleration, lost: string): boolean =>
    (!key || key === lost) && (!effect || effect === 'NoExecute');
  const missing = LOST.filter((lost) => !given.some((toleration) => meant(toleration, lost)));
  if (missing.length === 0) return;
  const made = missing.map((key) => ({
    ...{ key, operator: 'Exists', effect: 'NoExecute' },
    tolerationSeconds,
  }));
  spec.tolerations = [...given, ...made];
}

/** Throws Forbidden for a class that does not exist. */
function takesPriority(store: Store, pod: Pod): void {
  const { spec, metadata } = pod;
  const classes = store.list<PriorityClass>('PriorityClass.scheduling.k8s.io');
  const asked = spec.priorityClassName;
  const found = asked
    ? classes.find((one) => one.metadata.name === asked)
    : classes.find(({ globalDefault }) => globalDefault === true);
  if (asked && !found) throw forbidden(POD, metadata.name, `no PriorityClass with name ${asked} was found`);
  if (found) spec.priorityClassName = found.metadata.name;
  spec.priority = found?.value ?? 0;
  spec.preemptionPolicy ??= found?.preemptionPolicy ?? 'PreemptLowerPriority';
}

type Amounts = Readonly<Record<string, unknown>>;

/** Guaranteed: every container has limits of CPU and memory and asks for just those. BestEffort: none asks for anything. */
function qosOf({ containers = [], initContainers = [] }: PodSpec): string {
  const all = [...containers, ...(initContainers as Container[])].map(
    ({ resources }) => (resources ?? {}) as { limits?: Amounts; requests?: Amounts },
  );
  const amount = (of: Amounts | undefined, name: string): number => parseQuantity(of?.[name]).milli;
  const names = ['cpu', 'memory'];
  const asks = all.some((one) => names.some((name) => amount(one.requests, name) + amount(one.limits, name) > 0));
  if (!asks) return 'BestEffort';
  const fixed = all.every(({ limits, requests }) =>
    names.every((name) => amount(limits, name) > 0 && amount(requests ?? limits, name) === amount(limits, name)),
  );
  return fixed ? 'Guaranteed' : 'Burstable';
}

type Condition = Record<string, unknown>;

/** Conditions always say when they were last probed, though nobody does. */
function probed(status: Pod['status']): Pod['status'] {
  const conditions = status?.conditions as Condition[] | undefined;
  if (!conditions?.some(({ lastProbeTime }) => lastProbeTime === undefined)) return status;
  const told = conditions.map(({ type, observedGeneration, status: state, ...rest }) => ({
    type,
    ...(observedGeneration === undefined ? {} : { observedGeneration }),
    status: state,
    lastProbeTime: null,
    ...rest,
  }));
  return { ...status, conditions: told } as unknown as Pod['status'];
}

/** What the cluster says of new pods (options.ts). */
interface Admission {
  readonly recorded: boolean;
  readonly lossTolerationSeconds: number;
}

/** The strategy of pods: that of any kind, and what admission adds. A recorded state is taken as it is. */
export function podStrategy(store: Store, generic: Strategy, { recorded, lossTolerationSeconds }: Admission): Strategy {
  const told = (object: KubeObject): KubeObject => {
    const status = probed(object.status as Pod['status']);
    return status === object.status ? object : { ...object, status };
  };
  if (recorded) return generic;
  return {
    ...generic,
    create(object) {
      const pod = structuredClone(object) as Pod;
      pod.spec ??= { containers: [] };
      takesPriority(store, pod);
      toleratesLoss(pod.spec, lossTolerationSeconds);
      const made = (generic.create?.(pod) ?? pod) as Pod;
      return told({ ...made, status: { ...made.status, qosClass: qosOf(made.spec) } });
    },
    update: (object, old) => told(generic.update?.(object, old) ?? object),
    updateStatus: (object, old) => told(generic.updateStatus?.(object, old) ?? object),
  };
}
