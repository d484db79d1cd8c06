// choosers.ts - maps names to schedulers.
import { Scheduler } from '../../../abi/abi.gen.js';
import type { Chooser, Destination, Question, ServerKind } from './destination.js';
import { destinationHash, maglev, sourceHash } from './hashing.js';
import { failover, leastConnections, neverQueue, overflow, shortestDelay, twoChoices, weightedLeast } from './load.js';
import { Locality, ReplicatedLocality } from './locality.js';
import { RoundRobin, WeightedRoundRobin } from './turns.js';

type Plain = (list: readonly Destination[], kind: ServerKind, question: Question) => Destination | null;

/** Schedulers without memory: only the current list decides. */
const PLAIN: Partial<Record<Scheduler, Plain>> = {
  [Scheduler.LC]: leastConnections,
  [Scheduler.WLC]: weightedLeast,
  [Scheduler.SED]: shortestDelay,
  [Scheduler.NQ]: neverQueue,
  [Scheduler.DH]: destinationHash,
  [Scheduler.SH]: sourceHash,
  [Scheduler.MH]: maglev,
  [Scheduler.FO]: failover,
  [Scheduler.OVF]: overflow,
  [Scheduler.TWOS]: twoChoices,
};

export function makeChooser(kind: ServerKind, list: readonly Destination[]): Chooser {
  const plain = PLAIN[kind.scheduler];
  if (plain) return { choose: (question) => plain(list, kind, question) };
  switch (kind.scheduler) {
    case Scheduler.RR:
      return new RoundRobin(list);
    case Scheduler.WRR:
      return new WeightedRoundRobin(list);
    case Scheduler.LBLC:
      return new Locality(kind, list);
    case Scheduler.LBLCR:
      return new ReplicatedLocality(kind, list);
    default:
      return { choose: () => null };
  }
}
