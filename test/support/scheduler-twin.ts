// scheduler-twin.ts - the twin of the IPVS schedulers behind the interface of createScheduler, so that one script drives both.
import { Scheduler as SchedulerNumber } from '../../src/abi/abi.gen.js';
import type { Destination } from '../../src/engine/reference/ipvs/destination.js';
import { VirtualServer } from '../../src/engine/reference/ipvs/server.js';
import type { Scheduler, SchedulerOptions } from '../../src/engine/scheduler.js';
import { mustAddress } from '../../src/model/address.js';
import type { IpvsFlag } from '../../src/plan/scheduler.js';

/** Virtual addresses that a scheduler of the library remembers. */
const ADDRESSES = 24_576;

export function createTwin(name: string, options: SchedulerOptions = {}): Scheduler {
  const flags = (options.flags ?? []) as readonly IpvsFlag[];
  const has = (flag: string): boolean => flags.some((one) => one === `${name}-${flag}`);
  const server = new VirtualServer({
    scheduler: SchedulerNumber[name.toUpperCase() as keyof typeof SchedulerNumber],
    port: has('port'),
    fallback: has('fallback'),
    totalconns: options.overhead === 'totalconns',
    addresses: ADDRESSES,
  });
  const known: Destination[] = [];
  const of = (id: number): Destination => known[id] as Destination;
  const draw = options.random ?? (() => 0);
  let nowNs = 0n;
  return {
    name,
    addDestination({ address, port, weight = 1 }) {
      known.push(server.add(known.length, mustAddress(address).bytes, port, weight));
      return known.length - 1;
    },
    setWeight: (id, weight) => server.setWeight(of(id), weight),
    removeDestination: (id) => server.remove(of(id)),
    setOverload(id, overloaded) {
      of(id).overload = overloaded;
    },
    setConnections(id, active, inactive) {
      Object.assign(of(id), { active, inactive });
    },
    advance(seconds) {
      nowNs += BigInt(seconds) * 1_000_000_000n;
    },
    schedule(question) {
      const source = mustAddress(question.source).bytes;
      const destination = mustAddress(question.destination).bytes;
      const draws: [number, number] = name === 'twos' ? [draw(), draw()] : [0, 0];
      return server.schedule({ source, destination, sourcePort: question.sourcePort, nowNs, draws })?.id ?? null;
    },
  };
}
