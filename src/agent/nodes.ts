// nodes.ts - emulated nodes as objects of a cluster: their names, numbers, addresses and the taint that keeps others away.
import type { Node } from '../model/objects.js';
import { defaultNode, type LabNode } from '../topology/topology.js';

/** Label and taint of nodes that agents run. */
const EMULATED = 'kubewire.dev/emulated';
/** The agent that made the object. Others may run it later. */
export const MADE_BY = 'kubewire.dev/made-by';

const NAME = /^kubewire-([1-9]\d{0,2})$/;

/** Its number, which no other node has: names are unique, and addresses follow from it. Null for nodes of others. */
export function numberOf({ metadata }: Pick<Node, 'metadata'>): number | null {
  if (metadata.labels?.[EMULATED] === undefined) return null;
  const number = NAME.exec(metadata.name)?.[1];
  return number === undefined ? null : Number(number);
}

/** The machine that a number stands for. */
export function machineOf(number: number): LabNode {
  const name = `kubewire-${number}`;
  const { labels, ...rest } = defaultNode(number);
  return { ...rest, name, labels: { ...labels, 'kubernetes.io/hostname': name, [EMULATED]: 'true' } };
}

/** The object of a node that does not exist yet. Only pods that tolerate its taint come to it. */
export function nodeObject(number: number, agent: string): Node {
  const { name, labels, podCIDRs } = machineOf(number);
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name, labels: { ...labels }, annotations: { [MADE_BY]: agent } },
    spec: {
      podCIDR: podCIDRs[0] ?? '',
      podCIDRs: [...podCIDRs],
      taints: [{ key: EMULATED, value: 'true', effect: 'NoSchedule' }],
    },
  };
}

/** Numbers that are free, the smallest first. @param taken of every node that there is */
export function* freeNumbers(taken: ReadonlySet<number>, most: number): Generator<number> {
  for (let number = 1; number <= most; number++) if (!taken.has(number)) yield number;
}
