// lag.ts - what a kube-proxy that is late has seen of the cluster so far.
import { durationSeconds } from '../../model/duration.js';
import type { ClusterSnapshot, KubeObject } from '../../model/objects.js';

/** Annotation of a Node: its rules follow Services and endpoints so much later, such as `2s`. */
export const SYNC_DELAY_ANNOTATION = 'kubewire.dev/sync-delay';

const LONGEST_SECONDS = 3600;

/** Text of the annotation → milliseconds; null when it is no duration from 0s to an hour. */
export function delayIn(text: string): number | null {
  const seconds = durationSeconds(text);
  return seconds === null || seconds < 0 || seconds > LONGEST_SECONDS ? null : seconds * 1000;
}

/** By how many milliseconds a node is late; 0 unless it says otherwise. */
export const delayOf = (node: KubeObject | undefined): number =>
  delayIn(node?.metadata.annotations?.[SYNC_DELAY_ANNOTATION] ?? '0') ?? 0;

const isSameList = (a: readonly unknown[], b: readonly unknown[]): boolean =>
  a.length === b.length && a.every((item, i) => item === b[i]);

/** Do both say the same of Services? Objects are never changed, only replaced. */
const isSame = (a: ClusterSnapshot, b: ClusterSnapshot): boolean =>
  isSameList(a.services, b.services) && isSameList(a.endpointSlices, b.endpointSlices);

/** What one node sees. Times are in milliseconds. */
export class Lag {
  #seen: ClusterSnapshot | null = null;
  #coming: { readonly due: number; readonly snapshot: ClusterSnapshot }[] = [];

  /** What it sees now, when the cluster is as in `snapshot` and it is late by `delay`. The first one it sees at once. */
  see(snapshot: ClusterSnapshot, now: number, delay: number): ClusterSnapshot {
    if (delay === 0 || this.#seen === null) {
      this.#coming = [];
      this.#seen = snapshot;
      return snapshot;
    }
    if (!isSame(this.#coming.at(-1)?.snapshot ?? this.#seen, snapshot))
      this.#coming.push({ due: now + delay, snapshot });
    const due = this.#coming.filter((one) => one.due <= now);
    this.#coming = this.#coming.slice(due.length);
    this.#seen = due.at(-1)?.snapshot ?? this.#seen;
    return this.#seen;
  }

  /** When it sees something new; null when nothing is on its way. */
  get next(): number | null {
    return this.#coming[0]?.due ?? null;
  }
}
