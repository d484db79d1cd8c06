// index.ts - the library: what a program gets from `import … from 'kubewire'`.
export {
  createScheduler,
  type Destination,
  type Question,
  type Scheduler,
  type SchedulerFlags,
  type SchedulerOptions,
} from './engine/scheduler.js';
export type { Family } from './model/address.js';
export { Fault, type FaultCode } from './model/fault.js';
export type { IpvsFlag } from './plan/scheduler.js';
