// taints.ts - taints of nodes, and the tolerations of pods (k8s.io/component-helpers/scheduling/corev1).
import type { Node, PodSpec } from '../../model/objects.js';

type Effect = 'NoSchedule' | 'PreferNoSchedule' | 'NoExecute';

export interface Taint {
  readonly key: string;
  readonly value?: string;
  readonly effect: Effect;
  /** When a taint of effect NoExecute was added. */
  readonly timeAdded?: string;
}

export interface Toleration {
  readonly key?: string;
  readonly operator?: string;
  readonly value?: string;
  readonly effect?: string;
  /** How long NoExecute is tolerated; absent = for ever. */
  readonly tolerationSeconds?: number;
}

export const taintsOf = ({ spec }: Node): readonly Taint[] => (spec?.taints ?? []) as readonly Taint[];
export const tolerationsOf = ({ tolerations }: PodSpec): readonly Toleration[] =>
  (tolerations ?? []) as readonly Toleration[];

/** An empty effect or key of a toleration stands for all. */
export const tolerates = (toleration: Toleration, taint: Taint): boolean =>
  (!toleration.effect || toleration.effect === taint.effect) &&
  (!toleration.key || toleration.key === taint.key) &&
  (toleration.operator === 'Exists' || (toleration.value ?? '') === (taint.value ?? ''));

/** The node's first taint of one of these effects that nothing in the list tolerates. */
export const untolerated = (
  taints: readonly Taint[],
  tolerations: readonly Toleration[],
  ...effects: Effect[]
): Taint | undefined =>
  taints.find(
    (taint) => effects.includes(taint.effect) && !tolerations.some((toleration) => tolerates(toleration, taint)),
  );
