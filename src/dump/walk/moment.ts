// moment.ts - where a walk stands: the packet, the hook, and the chains that it would return to.
import type { Chain, Rule, Table } from '../rules/ruleset.js';
import type { Stage } from './order.js';
import type { Packet } from './packet.js';
import type { Trail } from './trail.js';

export interface Frame {
  readonly table: Table;
  readonly chain: Chain;
  rule: number;
  statement: number;
  /** What the rule did so far, in words. */
  effects: string[];
}

export interface Moment {
  packet: Packet;
  stage: Stage;
  /** The next entry of the hook. */
  entry: number;
  frames: Frame[];
  trail: Trail | null;
  /** Chains that it came to. */
  hops: number;
  /** Conditions that were taken to hold or not to hold. */
  assumed: ReadonlyMap<string, boolean>;
  /** NAT decides once for each end of a connection. */
  destinationSettled: boolean;
  sourceSettled: boolean;
  /** A packet from the node to itself comes back through the loopback device. */
  looped: boolean;
  /** IPVS has chosen already. */
  balanced: boolean;
}

export const forked = (moment: Moment): Moment => ({
  ...moment,
  packet: { ...moment.packet },
  frames: moment.frames.map((frame) => ({ ...frame, effects: [...frame.effects] })),
});

export const ruleAt = ({ chain, rule }: Frame): Rule | undefined => chain.rules[rule];

/** The packet is done with the current rule, which did not match or goes on. */
export function nextRule(frame: Frame): void {
  frame.rule++;
  frame.statement = 0;
  frame.effects = [];
}
