// scheduler.ts - IPVS scheduler names and flags ↔ the number that a table holds (ServiceRow.scheduler).
import { Scheduler, SchedulerFlag } from '../abi/abi.gen.js';
import { Fault } from '../model/fault.js';
import { IPVS_SCHEDULERS } from './config.js';
import type { ProxyConfig } from './plan.js';

/** Service annotation that names the scheduler of its virtual servers. */
export const SCHEDULER_ANNOTATION = 'kubewire.dev/scheduler';

/** ipvsadm's names for scheduler flags. */
export const IPVS_FLAGS = ['sh-port', 'sh-fallback', 'mh-port', 'mh-fallback'] as const;
export type IpvsFlag = (typeof IPVS_FLAGS)[number];

const FLAG_BITS: Readonly<Record<string, number>> = { port: SchedulerFlag.PORT, fallback: SchedulerFlag.FALLBACK };

export const isScheduler = (name: string): boolean => IPVS_SCHEDULERS.some((known) => known === name);

/**
 * The number of a scheduler and its flags. As in the kernel, flags that belong to another scheduler have no effect.
 * @throws Fault USAGE for an unknown name
 */
export function schedulerWord(name: string, flags: readonly IpvsFlag[]): number {
  if (!isScheduler(name)) {
    throw new Fault('USAGE', `unknown scheduler "${name}"`, `Use one of ${IPVS_SCHEDULERS.join(', ')}.`);
  }
  const number: number = Scheduler[name.toUpperCase() as keyof typeof Scheduler];
  const own = flags.filter((flag) => flag.startsWith(`${name}-`));
  return own.reduce<number>((word, flag) => word | (FLAG_BITS[flag.slice(name.length + 1)] ?? 0), number);
}

/** kube-proxy's default for --ipvs-scheduler. */
const DEFAULT_SCHEDULER = 'rr';

/**
 * Name of the scheduler for a Service's virtual servers: its own if that exists, else --ipvs-scheduler.
 * @param own annotation kubewire.dev/scheduler; '' when there is none
 */
export const schedulerName = (own: string, { ipvsScheduler }: Pick<ProxyConfig, 'ipvsScheduler'>): string =>
  [own, ipvsScheduler].find(isScheduler) ?? DEFAULT_SCHEDULER;

/** The same as a number. kube-proxy sets mh-port wherever the scheduler is mh (pkg/proxy/ipvs/proxier.go). */
export const serverScheduler = (own: string, config: ProxyConfig): number =>
  schedulerWord(schedulerName(own, config), ['mh-port']);
