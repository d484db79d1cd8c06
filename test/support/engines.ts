// engines.ts - the engines that tests run on: the reference always, the native one when its addon is built.
import type { Engine, EngineOptions } from '../../src/engine/engine.js';
import { createReferenceEngine } from '../../src/engine/reference/engine.js';

export interface EngineKind {
  readonly name: 'reference' | 'native';
  readonly make: (options: EngineOptions) => Engine;
  /** Why it cannot run here; false when it can. */
  readonly skip: string | false;
}

export const REFERENCE: EngineKind = { name: 'reference', make: createReferenceEngine, skip: false };

/** The native engine, or the reason why tests of it are skipped. */
export async function nativeEngine(): Promise<EngineKind> {
  try {
    const { createNativeEngine } = await import('../../src/engine/native.js');
    createNativeEngine({ seed: 1 }).close();
    return { name: 'native', make: createNativeEngine, skip: false };
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    const make = (): never => {
      throw new Error(why);
    };
    return { name: 'native', make, skip: `the native engine is not there: ${why}` };
  }
}
