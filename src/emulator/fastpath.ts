// fastpath.ts - decides whether BPF programs may carry established connections in this lab, and says why not.
import type { Cleanup } from '../lab/host/cleanup.js';
import { openYard, type Yard } from '../lab/host/yard.js';
import type { FastPath } from '../lab/registration.js';
import { Fault } from '../model/fault.js';
import type { EmulatorOptions } from './options.js';

export type { FastPath };

const engine = (why: string): { yard: null; state: FastPath } => ({ yard: null, state: { carrier: 'engine', why } });

/** The first line of what went wrong, with the remedy if there is one. */
function reasonOf(error: unknown): string {
  const [line = ''] = (error as Error).message.split('\n');
  return error instanceof Fault && error.remedy ? `${line}. ${error.remedy}` : line;
}

/** Opens the yard of the lab if it is wanted and the machine allows it. */
export function startFastPath(
  { fastPath = 'ebpf', offloads }: EmulatorOptions,
  cleanup: Cleanup,
): { readonly yard: Yard | null; readonly state: FastPath } {
  if (fastPath === 'off') return engine('not asked for');
  if (!offloads) return engine('frames are whole (--no-offloads)');
  try {
    const yard = openYard();
    cleanup.add(() => yard.close());
    return { yard, state: { carrier: 'ebpf' } };
  } catch (error) {
    return engine(reasonOf(error));
  }
}
