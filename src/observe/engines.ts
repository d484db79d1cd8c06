// engines.ts - which engine a trace uses. Engines are loaded only on demand.
import { Fault } from '../model/fault.js';
import type { CreateEngine } from './fleet.js';

async function reference(): Promise<CreateEngine> {
  return (await import('../engine/reference/engine.js')).createReferenceEngine;
}

async function native(): Promise<CreateEngine> {
  // Loaded here, so that a missing addon is noticed before anything is compiled for it.
  (await import('../engine/addon.js')).loadAddon();
  return (await import('../engine/native.js')).createNativeEngine;
}

/**
 * `native`, `reference`, or `auto`: native if it is built. Throws Fault USAGE for others, ADDON_* when it is unusable.
 */
export async function engineFactory(kind: string): Promise<CreateEngine> {
  if (kind === 'reference') return reference();
  if (kind === 'native') return native();
  if (kind !== 'auto') throw new Fault('USAGE', `unknown engine "${kind}"`, 'Use native or reference.');
  try {
    return await native();
  } catch (error) {
    if (error instanceof Fault && (error.code === 'ADDON_MISSING' || error.code === 'ADDON_MISMATCH')) {
      return reference();
    }
    throw error;
  }
}
