// destination.ts - what a virtual server chooses from and by: destinations, the question, the scheduler's interface.
import type { Scheduler } from '../../../abi/abi.gen.js';

export interface Destination {
  /** The owner's name for it: a row of BACKEND, or what createScheduler gave out. */
  id: number;
  /** 16 bytes. */
  readonly address: Uint8Array;
  readonly port: number;
  weight: number;
  /** The last weight that was not 0. */
  lastWeight: number;
  /** In the list of its virtual server. */
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
  /** The overhead counts all connections beside the active ones, not only the inactive. */
  readonly totalconns: boolean;
  /** Virtual addresses that lblc and lblcr remember. */
  readonly addresses: number;
}

/** What a scheduler remembers and does. `list` is always the server's own, newest first. */
export interface Chooser {
  /** The list, or a weight in it, has changed; `gone` stood at `place` before. */
  changed?(gone: Destination | null, place: number): void;
  choose(question: Question): Destination | null;
}

export const usable = (to: Destination): boolean => to.weight > 0 && !to.overload;

/** Connections as one number; wraps as a 32-bit int does. [IPVS-6] */
export const overhead = (to: Destination, kind: ServerKind): number =>
  ((to.active << 8) + to.inactive + (kind.totalconns ? to.active : 0)) | 0;
