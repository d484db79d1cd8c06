// choose.ts - chooses under IPVS: first the client's template, then the virtual server's scheduler (native/law/ipvs.md).
import { DecisionFlag, Scheduler, type ServiceRow } from '../../../abi/abi.gen.js';
import type { Packet } from '../packet.js';
import type { Passage } from '../passage.js';
import type { Destination } from './destination.js';
import type { Template } from './persistence.js';
import type { VirtualServer } from './server.js';

/** Null if the scheduler finds none. The scheduler keeps its new state even if the packet is refused later. */
export function chooseDestination(
  passage: Passage,
  packet: Packet,
  service: ServiceRow,
  server: VirtualServer,
): Destination | null {
  const { state, decision, nowNs } = passage;
  const { affinitySeconds } = service;
  const template = affinitySeconds > 0 ? state.servers.templates.find(packet.tuple, affinitySeconds, nowNs) : null; // [IPVS-4]
  if (template) {
    decision.flags |= DecisionFlag.AFFINITY;
    return template.destination;
  }
  const draw = (): number => (server.kind.scheduler === Scheduler.TWOS ? state.random.draw() : 0);
  const { source, sourcePort, destination } = packet.tuple;
  const draws: [number, number] = [draw(), draw()];
  return server.schedule({ source, sourcePort, destination, nowNs, draws });
}

/** The template for a new connection: the one that led it here, or a new one; null without affinity. */
export function bindClient(
  passage: Passage,
  packet: Packet,
  service: ServiceRow,
  destination: Destination,
): Template | null {
  const { state, decision, nowNs } = passage;
  const { templates } = state.servers;
  if (service.affinitySeconds === 0) return null;
  const kept = (decision.flags & DecisionFlag.AFFINITY) !== 0 ? templates.known(packet.tuple) : null; // [IPVS-23]
  const template = kept ?? templates.make(packet.tuple, destination, nowNs);
  template.lastNs = nowNs;
  return template;
}
