// strategies.ts - the strategy for a node's tables (the lab's, or the node's own), and checks on what may be written.
import { isDeepStrictEqual } from 'node:util';
import { forbidden, invalid, notSupported } from '../../manifest/validate/field-error.js';
import type { Issue } from '../../model/issue.js';
import type { KubeObject } from '../../model/objects.js';
import type { LabSpec } from '../registration.js';
import { delayIn, SYNC_DELAY_ANNOTATION } from './lag.js';

/** Annotation of a Node: a strategy that overrides the lab's. */
export const STRATEGY_ANNOTATION = 'kubewire.dev/strategy';

/** The strategy that a node asks for by itself. */
export const ownStrategy = (node: KubeObject | undefined): string | undefined =>
  node?.metadata.annotations?.[STRATEGY_ANNOTATION];

/** The strategy that a node should have. */
export const strategyOn = (lab: Pick<LabSpec, 'strategy'>, node: KubeObject | undefined): string =>
  ownStrategy(node) ?? lab.strategy;

function nodeIssues(node: KubeObject, allowed: readonly string[]): Issue[] {
  const own = ownStrategy(node);
  const delay = node.metadata.annotations?.[SYNC_DELAY_ANNOTATION];
  return [
    ...(own === undefined || allowed.includes(own)
      ? []
      : [notSupported(`metadata.annotations[${STRATEGY_ANNOTATION}]`, own, allowed)]),
    ...(delay === undefined || delayIn(delay) !== null
      ? []
      : [
          invalid(
            `metadata.annotations[${SYNC_DELAY_ANNOTATION}]`,
            delay,
            'must be a duration from 0s to 1h, such as 2s',
          ),
        ]),
  ];
}

/** Everything else of a running lab is as it was started. */
function labIssues(lab: KubeObject, before: KubeObject, allowed: readonly string[]): Issue[] {
  const { strategy = '', stopped = [], ...rest } = (lab.spec ?? {}) as Partial<LabSpec>;
  const { strategy: _, stopped: __, ...restBefore } = before.spec as LabSpec;
  const names = restBefore.topology.nodes.map(({ name }) => name);
  const strangers = stopped.map((name, i) => ({ name, i })).filter(({ name }) => !names.includes(name));
  return [
    ...(allowed.includes(strategy) ? [] : [notSupported('spec.strategy', strategy, allowed)]),
    ...strangers.map(({ name, i }) => notSupported(`spec.stopped[${i}]`, name, names)),
    ...(isDeepStrictEqual(rest, restBefore)
      ? []
      : [forbidden('spec', 'only spec.strategy and spec.stopped can be changed while the lab runs')]),
  ];
}

/**
 * What is wrong with a Lab or a Node that is about to be written.
 * @param before undefined when it is new
 * @param allowed names of strategies that the dataplane can have
 */
export function strategyIssues(
  object: KubeObject,
  before: KubeObject | undefined,
  allowed: readonly string[],
): Issue[] {
  if (object.kind === 'Node') return nodeIssues(object, allowed);
  return before === undefined ? [] : labIssues(object, before, allowed);
}
