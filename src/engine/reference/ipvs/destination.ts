// destination.ts - the input of a virtual server's choice: destinations, the question, the scheduler interface.
import type { Scheduler } from '../../../abi/abi.gen.js';

export interface Destination {
  /** The owner's id for it: a BACKEND row, or the id that createScheduler returned. */
  id: number;
  /** 16 bytes. */
  readonly address: Uint8Array;
  readonly port: number;
  weight: number;
  /** The last nonzero weight. */
  lastWeight: number;
  /** Whether it is in its virtual server's list. */
  available: boolean;
  overload: boolean;
  active: number;
  inactive: number;
}

/** The packet that needs a destination. */
export interface Question {
  readonly source: Uint8Array;
  readonly sourcePort: number;
  /** The virtual address. */
  readonly destination: Uint8Array;
  readonly nowNs: bigint;
  /** Raw 32-bit random numbers, for twos. */
  readonly draws: readonly [number, number];
}

export interface ServerKind {
  readonly scheduler: Scheduler;
  /** sh-port, mh-port. */
  readonly port: boolean;
  /** sh-fallback, mh-fallback. */
  readonly fallback: boolean;
  /** Overhead counts all connections in addition to the active ones, instead of only the inactive. */
  readonly totalconns: boolean;
  /** Maximum number of virtual addresses that lblc and lblcr remember. */
  readonly addresses: number;
}

/** A scheduler's state and operations. `list` is always the server's own list, newest first. */
export interface Chooser {
  /** The list, or a weight in it, has changed; `gone` was at `place` before. */
  changed?(gone: Destination | null, place: number): void;
  choose(question: Question): Destination | null;
}

export const usable = (to: Destination): boolean => to.weight > 0 && !to.overload;

/** Connections as one number; wraps as a 32-bit int does. [IPVS-6] */
export const overhead = (to: Destination, kind: ServerKind): number =>
  ((to.active << 8) + to.inactive + (kind.totalconns ? to.active : 0)) | 0;
