// context.ts - what every controller works with.
import type { Recorder } from './events/recorder.js';
import type { WorkQueue } from './queue.js';
import type { Store } from './store.js';

export interface ControllerContext {
  readonly store: Store;
  readonly queue: WorkQueue;
  readonly recorder: Recorder;
  readonly clock: () => Date;
}
