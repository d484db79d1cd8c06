// nodeport.ts - NodePorts and health check NodePorts: one range for every protocol, with a static and a dynamic band.
//
// Source of the rules: pkg/registry/core/service/portallocator of Kubernetes 1.36.
import { AllocationError, Bands } from './bands.js';
import type { Journal } from './journal.js';
import type { Random } from './random.js';

export interface PortRange {
  readonly first: number;
  /** Inclusive. */
  readonly last: number;
}

/** `30000-32767` → range; null when it is not one. */
export function parsePortRange(text: string): PortRange | null {
  const match = /^(\d{1,5})-(\d{1,5})$/.exec(text);
  if (!match) return null;
  const range = { first: Number(match[1]), last: Number(match[2]) };
  return range.first >= 1 && range.first <= range.last && range.last <= 65535 ? range : null;
}

/** Number of ports left to explicit requests: min(max(16, size/32), 128); none in a range of 16 or fewer. */
export function staticPorts(size: number): number {
  return size <= 16 ? 0 : Math.min(Math.max(16, Math.floor(size / 32)), 128);
}

interface NodePortOptions {
  readonly range: PortRange;
  readonly random: Random;
  readonly journal: Journal;
  /** Ports outside the range, and taken ports, are accepted (for the recorded state of another cluster). */
  readonly outside?: boolean;
}

export class NodePortAllocator {
  readonly range: PortRange;
  readonly #bands: Bands;
  readonly #outside: boolean;

  constructor(options: NodePortOptions) {
    this.range = options.range;
    this.#outside = options.outside ?? false;
    const size = options.range.last - options.range.first + 1;
    this.#bands = new Bands({ size, offset: staticPorts(size), random: options.random, journal: options.journal });
  }

  /** Takes a free port. Throws AllocationError `range is full`. */
  next(): number {
    const index = this.#bands.next();
    if (index === undefined) throw new AllocationError('full', 'range is full');
    return this.range.first + index;
  }

  /** Takes this port. Throws AllocationError when it is outside the range or taken. */
  take(port: number): void {
    const { first, last } = this.range;
    if (port < first || port > last) {
      if (this.#outside) return;
      const range = `${first}-${last}`;
      throw new AllocationError(
        'outside',
        `provided port is not in the valid range. The range of valid ports is ${range}`,
      );
    }
    if (!this.#bands.take(port - first) && !this.#outside)
      throw new AllocationError('taken', 'provided port is already allocated');
  }

  release(port: number): void {
    if (port >= this.range.first && port <= this.range.last) this.#bands.release(port - this.range.first);
  }
}
