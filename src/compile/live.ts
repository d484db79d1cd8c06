// live.ts - LiveTables: tables in force that change Service by Service, each step a patch (native/law/patch.md).
//
// The cost of a step depends on the Services that change, not on how many there are. When one of them cannot be changed
// on its own, or room runs out, there is no patch and everything is compiled anew.
import { isDeepStrictEqual } from 'node:util';
import { SECTIONS, type SectionName } from '../abi/abi.gen.js';
import { NONE } from '../abi/layout.js';
import { encodePatch, Writes } from '../image/patch.js';
import { roomFor, SECTION_NAMES, type TableSet } from '../image/table.js';
import { type PlanFrontend, portIdentity, type ServicePlan } from '../plan/plan.js';
import type { ServiceChange } from '../plan/running.js';
import type { Assembly } from './assemble.js';
import { AddressPage } from './bytes.js';
import { PerfectBook } from './perfect.js';
import { cleansUdp, countEndpoints, loadBalancerAddresses } from './services.js';

/** Sections to which rows are only added: existing rows never change. */
const APPENDED = SECTION_NAMES.filter((name) => SECTIONS[name].patch.adds && !SECTIONS[name].patch.changes);

/** What one Service has in the tables, and what it should have. */
interface Step {
  readonly before: ServicePlan | null;
  readonly after: ServicePlan | null;
  readonly old: readonly PlanFrontend[];
  readonly young: readonly PlanFrontend[];
  /** Same ports on the same addresses: only their endpoints and settings differ. */
  readonly inPlace: boolean;
}

const hasSamePorts = (before: ServicePlan, after: ServicePlan): boolean =>
  isDeepStrictEqual(before.ports.map(portIdentity), after.ports.map(portIdentity));

export class LiveTables {
  readonly #assembly: Assembly;
  readonly #perfect: PerfectBook | null;
  readonly #rooms: ReadonlyMap<SectionName, number>;
  #tables: TableSet;

  constructor(assembly: Assembly) {
    const { tables, hash } = assembly;
    this.#assembly = assembly;
    this.#tables = tables;
    this.#perfect = hash ? new PerfectBook(tables, hash) : null;
    this.#rooms = new Map(SECTION_NAMES.map((name) => [name, roomFor(name, tables[name].length)]));
  }

  /** The current tables. Their rows change with the next patch. */
  get tables(): TableSet {
    return this.#tables;
  }

  /** Adopts the generation under which these tables are already in force. */
  keepGeneration(generation: bigint): void {
    this.#tables = { ...this.#tables, generation };
  }

  /**
   * The patch that updates the tables for the changed Services. Null when there is none: these tables are then
   * unusable, and everything must be compiled anew.
   * @param changed NodePlan.changedPorts
   */
  patch(changes: readonly ServiceChange[], changed: ReadonlySet<string>, generation: bigint): Uint8Array | null {
    const writes = new Writes();
    const base = this.#tables.generation;
    const lengths = APPENDED.map((name) => this.#tables[name].length);
    if (!this.#change(changes, changed, writes)) return null;
    for (const [i, name] of APPENDED.entries()) writes.noteRun(name, lengths[i] ?? 0, this.#tables[name].length);
    if (SECTION_NAMES.some((name) => this.#tables[name].length > (this.#rooms.get(name) ?? 0))) return null;
    this.#tables = { ...this.#tables, generation };
    return encodePatch(this.#tables, base, writes);
  }

  #change(changes: readonly ServiceChange[], changed: ReadonlySet<string>, writes: Writes): boolean {
    const steps = changes.map((change) => this.#stepOf(change));
    // Remove first, to make room for what is added.
    for (const step of steps) {
      if (!step) return false;
      if (!step.inPlace && !this.#takeOut(step, writes)) return false;
    }
    return steps.every((step) => {
      if (!step?.after) return true;
      return step.inPlace ? this.#rewrite(step, changed, writes) : this.#putIn(step, changed, writes);
    });
  }

  #stepOf({ before, after }: ServiceChange): Step | null {
    const { choices, frontends } = this.#assembly;
    const old = before ? choices.frontendsOf(before) : [];
    const young = after ? choices.frontendsOf(after) : [];
    if (!old || !young || [...old, ...young].some((frontend) => frontends.isContested(frontend))) return null;
    const inPlace = before && after ? hasSamePorts(before, after) && isDeepStrictEqual(old, young) : false;
    return { before, after, old, young, inPlace };
  }

  /** Removes the rows of a Service that is gone or about to be added again. */
  #takeOut({ before, old }: Step, writes: Writes): boolean {
    const { frontends, services } = this.#assembly;
    const rows = before ? this.#rowsOf(before, old) : [];
    for (const frontend of old) {
      const row = frontends.rowOf(frontend);
      if (row < 0) return false;
      const moves = frontends.remove(row, writes);
      this.#perfect?.remove(row, moves, writes);
    }
    for (const row of rows) {
      services.vacate(row);
      writes.note('SERVICE', row);
    }
    return true;
  }

  #putIn(step: Step, changed: ReadonlySet<string>, writes: Writes): boolean {
    const { frontends, services } = this.#assembly;
    const rows = step.after?.ports.map(() => services.reserve()) ?? [];
    this.#writePorts(step, rows, changed, writes);
    return step.young.every((frontend) => {
      if (frontends.rowOf(frontend) >= 0) return false;
      const row = frontends.add({ ...frontend, service: rows[frontend.service] ?? -1 }, writes);
      return row >= 0 && (this.#perfect?.add(row, writes) ?? true);
    });
  }

  #rewrite(step: Step, changed: ReadonlySet<string>, writes: Writes): boolean {
    this.#writePorts(step, step.before ? this.#rowsOf(step.before, step.old) : [], changed, writes);
    for (const frontend of step.young) this.#perfect?.refresh(this.#assembly.frontends.rowOf(frontend), writes);
    return true;
  }

  /** SERVICE rows of a Service's ports. Each port has a cluster IP, whose frontend row names the SERVICE row. */
  #rowsOf({ ports }: ServicePlan, frontends: readonly PlanFrontend[]): number[] {
    return ports.map((_, i) => {
      const row = this.#assembly.frontends.rowOf(frontends.find(({ service }) => service === i));
      return this.#tables.FRONTEND[row]?.service ?? NONE;
    });
  }

  #writePorts({ after }: Step, rows: readonly number[], changed: ReadonlySet<string>, writes: Writes): void {
    const ports = after?.ports ?? [];
    const balanced = loadBalancerAddresses(after?.frontends ?? []);
    const addresses = new AddressPage(countEndpoints(ports));
    for (const [i, port] of ports.entries()) {
      const row = rows[i] ?? 0;
      const around = { loadBalancerIPs: balanced.get(i) ?? [], cleanUdp: cleansUdp(port, changed) };
      this.#assembly.services.write(row, port, around, addresses);
      this.#perfect?.straighten(row);
      writes.note('SERVICE', row);
    }
  }
}
