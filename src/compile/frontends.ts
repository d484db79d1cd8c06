// frontends.ts - plan frontends → FRONTEND rows and the hashes that find them, kept up to date as Services come and go.

import type { Sections } from '../abi/abi.gen.js';
import { FrontendFlag, FrontendKind, type FrontendRow } from '../abi/abi.gen.js';
import { NONE } from '../abi/layout.js';
import { buildSlots, frontendKey, Slots } from '../image/hash.js';
import type { Writes } from '../image/patch.js';
import { IdTable } from '../plan/ids.js';
import type { PlanFrontend } from '../plan/plan.js';
import { swap16 } from '../wire/bytes.js';
import { PROTOCOL } from '../wire/headers.js';
import { AddressPage, ANY_IPV4, ANY_IPV6 } from './bytes.js';

const KINDS: Readonly<Record<PlanFrontend['kind'], FrontendKind>> = {
  ClusterIP: FrontendKind.CLUSTER_IP,
  ExternalIP: FrontendKind.EXTERNAL_IP,
  LoadBalancer: FrontendKind.LOAD_BALANCER,
  NodePort: FrontendKind.NODE_PORT,
  HealthCheck: FrontendKind.HEALTH_CHECK,
  HostPort: FrontendKind.HOST_PORT,
};

const keyText = (frontend: PlanFrontend): string =>
  `${frontend.family}/${frontend.address}/${frontend.port}/${frontend.protocol}`;

/** How a mode turns frontends into rows and finds them. */
export interface FrontendRules {
  /** A load-balancer address that is also an external IP of the Service keeps its source ranges (nftables). */
  readonly firewallSticks: boolean;
  /** Frontends are not found by FRONTEND_SLOT, which stays empty. */
  readonly withoutSlots?: boolean;
  /** Rows with the unspecified address come after all others. [MATCH-2] */
  readonly nodePortsLast?: boolean;
  /** Kinds whose addresses go into CLUSTER_IP_SLOT, where traffic to an unknown port is noticed. */
  readonly knownAddresses: ReadonlySet<number>;
}

function frontendRow(frontend: PlanFrontend, id: number, addresses: AddressPage): FrontendRow {
  const any = frontend.family === 'IPv4' ? ANY_IPV4 : ANY_IPV6;
  return {
    address: frontend.address === '' ? any : addresses.of(frontend.address),
    port_be: swap16(frontend.port),
    protocol: PROTOCOL[frontend.protocol],
    kind: KINDS[frontend.kind],
    service: frontend.service < 0 ? NONE : frontend.service,
    id,
    flags: frontend.firewall ? FrontendFlag.FIREWALL : 0,
  };
}

const keyBytes = (row: FrontendRow): Uint8Array => frontendKey(row.address, row.port_be, row.protocol);
/** A frontend on any address has an empty address in its key. */
const isNodePort = (key: string): boolean => key.includes('//');
/** Family and address of a key. */
const addressOfKey = (key: string): string => key.slice(0, key.indexOf('/', key.indexOf('/') + 1));

/** A row of FRONTEND that has moved. */
export interface Move {
  readonly from: number;
  readonly to: number;
}

/** The rows of FRONTEND, which can be added and removed one by one, and the slots that find them. */
export class FrontendBook implements Pick<Sections, 'FRONTEND' | 'FRONTEND_SLOT' | 'CLUSTER_IP_SLOT'> {
  readonly FRONTEND: FrontendRow[] = [];
  readonly FRONTEND_SLOT: Sections['FRONTEND_SLOT'];
  readonly CLUSTER_IP_SLOT: Sections['CLUSTER_IP_SLOT'];
  readonly #rules: FrontendRules;
  readonly #ids = new IdTable();
  /** The key of each row. */
  readonly #keys: string[] = [];
  /** Key → row. */
  readonly #rows = new Map<string, number>();
  /** Keys that several frontends of the plan share. */
  readonly #contested = new Set<string>();
  /** Address → keys of the rows that make it a known address. Built when the first row is removed. */
  #onAddress: Map<string, Set<string>> | null = null;
  /** Number of rows with the unspecified address. */
  #nodePorts: number;
  readonly #slots: Slots;
  readonly #addressSlots: Slots;

  constructor(frontends: readonly PlanFrontend[], rules: FrontendRules, seed: number) {
    this.#rules = rules;
    const kept = this.#distinct(frontends);
    this.#nodePorts = kept.reduce((count, { address }) => (address === '' ? count + 1 : count), 0);
    const addresses = new AddressPage(kept.length);
    for (const [row, frontend] of kept.entries()) {
      this.FRONTEND.push(frontendRow(frontend, this.#ids.of(this.#keys[row] ?? ''), addresses));
    }
    const found = rules.withoutSlots ? [] : this.FRONTEND.map(keyBytes);
    this.FRONTEND_SLOT = buildSlots(found, seed);
    this.#slots = new Slots(this.FRONTEND_SLOT, seed, found.length, (row) => keyBytes(this.#row(row)));
    const known = this.#firstOnAddresses(kept);
    const addressOf = (row: number): Uint8Array => this.#row(row).address;
    this.CLUSTER_IP_SLOT = buildSlots(known.map(addressOf), seed, known);
    this.#addressSlots = new Slots(this.CLUSTER_IP_SLOT, seed, known.length, addressOf);
  }

  /**
   * Keeps each key once. The first frontend of the plan wins, like the first matching rule of kube-proxy. (Kubernetes
   * leaves it undefined when Services claim the same external address and port; here the one whose name sorts first
   * gets it.)
   */
  #distinct(frontends: readonly PlanFrontend[]): PlanFrontend[] {
    const kept: PlanFrontend[] = [];
    for (const frontend of frontends) {
      const key = keyText(frontend);
      const row = this.#rows.get(key);
      const first = row === undefined ? undefined : kept[row];
      if (row === undefined || !first) {
        this.#rows.set(key, kept.length);
        this.#keys.push(key);
        kept.push(frontend);
        continue;
      }
      this.#contested.add(key);
      if (this.#rules.firewallSticks && frontend.firewall && first.service === frontend.service) {
        kept[row] = { ...first, firewall: true };
      }
    }
    return kept;
  }

  /** The first row on each virtual address whose kind is among the given ones. */
  #firstOnAddresses(frontends: readonly PlanFrontend[]): number[] {
    const first = new Map<string, number>();
    let i = 0;
    for (const { kind, family, address } of frontends) {
      const known = address === '' ? family : address;
      if (this.#rules.knownAddresses.has(KINDS[kind]) && !first.has(known)) first.set(known, i);
      i++;
    }
    return [...first.values()];
  }

  #row(index: number): FrontendRow {
    const row = this.FRONTEND[index];
    if (!row) throw new Error(`no row ${index} in FRONTEND`);
    return row;
  }

  /** Row of a frontend; -1 when it has no row of its own. */
  rowOf(frontend: PlanFrontend | undefined): number {
    return frontend ? (this.#rows.get(keyText(frontend)) ?? -1) : -1;
  }

  /** True when this address, port and protocol is claimed more than once: the winner depends on all claimants. */
  isContested(frontend: PlanFrontend): boolean {
    return this.#contested.has(keyText(frontend));
  }

  /** Adds a frontend whose key no row has; returns its row. Adds nothing and returns -1 when slots get crowded. */
  add(frontend: PlanFrontend, writes: Writes): number {
    const known = this.#addressSlots;
    if (!this.#slots.hasRoom || !known.hasRoom) return -1;
    const key = keyText(frontend);
    const row = frontendRow(frontend, this.#ids.of(key), new AddressPage(1));
    const end = this.FRONTEND.length;
    // The rows after this one all have the unspecified address.
    const at = this.#rules.nodePortsLast && !isNodePort(key) ? end - this.#nodePorts : end;
    if (at < end) this.#move(at, end, writes);
    this.#put(at, key, row);
    if (isNodePort(key)) this.#nodePorts++;
    if (!this.#rules.withoutSlots) this.#enter(this.#slots, 'FRONTEND_SLOT', keyBytes(row), at, writes);
    if (this.#rules.knownAddresses.has(row.kind)) {
      const slot = known.find(row.address);
      if (known.at(slot) === NONE) this.#enter(known, 'CLUSTER_IP_SLOT', row.address, at, writes);
      if (this.#onAddress) keepKey(this.#onAddress, key);
    }
    writes.note('FRONTEND', at, end);
    return at;
  }

  /** Removes a row and closes the gap. Returns the rows that moved. */
  remove(index: number, writes: Writes): readonly Move[] {
    const row = this.#row(index);
    this.#leaveAddress(index, row, writes);
    if (!this.#rules.withoutSlots) {
      writes.note('FRONTEND_SLOT', ...this.#slots.free(this.#slots.find(keyBytes(row))));
    }
    const key = this.#keys[index] ?? '';
    this.#rows.delete(key);
    if (isNodePort(key)) this.#nodePorts--;
    const last = this.FRONTEND.length - 1;
    const moves: Move[] = [];
    let gap = index;
    const end = this.#rules.nodePortsLast && !isNodePort(key) ? last - this.#nodePorts : last;
    for (const from of new Set([end, last])) {
      if (from === gap) continue;
      this.#move(from, gap, writes);
      moves.push({ from, to: gap });
      gap = from;
    }
    this.FRONTEND.pop();
    this.#keys.pop();
    writes.note('FRONTEND', ...moves.map(({ to }) => to));
    return moves;
  }

  #put(at: number, key: string, row: FrontendRow): void {
    this.FRONTEND[at] = row;
    this.#keys[at] = key;
    this.#rows.set(key, at);
  }

  /** Copies a row to another place, along with everything that leads to it. */
  #move(from: number, to: number, writes: Writes): void {
    const row = this.#row(from);
    const key = this.#keys[from] ?? '';
    const slot = this.#rules.withoutSlots ? -1 : this.#slots.find(keyBytes(row));
    const known = this.#addressSlots;
    const knownSlot = known.find(row.address);
    const named = known.at(knownSlot) === from;
    this.#put(to, key, row);
    if (slot >= 0) {
      this.#slots.put(slot, to);
      writes.note('FRONTEND_SLOT', slot);
    }
    if (named) {
      known.put(knownSlot, to);
      writes.note('CLUSTER_IP_SLOT', knownSlot);
    }
  }

  #enter(
    slots: Slots,
    section: 'FRONTEND_SLOT' | 'CLUSTER_IP_SLOT',
    key: Uint8Array,
    row: number,
    writes: Writes,
  ): void {
    const slot = slots.find(key);
    slots.put(slot, row);
    writes.note(section, slot);
  }

  /** Takes this row out of CLUSTER_IP_SLOT. Another row on its address replaces it there, if there is one. */
  #leaveAddress(index: number, row: FrontendRow, writes: Writes): void {
    const known = this.#addressSlots;
    const slot = known.find(row.address);
    const heir = this.#forgetKey(this.#keys[index] ?? '');
    if (known.at(slot) !== index) return;
    if (heir === undefined) {
      writes.note('CLUSTER_IP_SLOT', ...known.free(slot));
      return;
    }
    known.put(slot, this.#rows.get(heir) ?? NONE);
    writes.note('CLUSTER_IP_SLOT', slot);
  }

  /** Removes a key from its address. Returns the key of another row that makes the address known, if any. */
  #forgetKey(key: string): string | undefined {
    this.#onAddress ??= this.#groupKeys();
    const all = this.#onAddress;
    const here = all.get(addressOfKey(key));
    here?.delete(key);
    if (here?.size === 0) all.delete(addressOfKey(key));
    return here?.values().next().value;
  }

  #groupKeys(): Map<string, Set<string>> {
    const all = new Map<string, Set<string>>();
    for (const [row, { kind }] of this.FRONTEND.entries()) {
      if (this.#rules.knownAddresses.has(kind)) keepKey(all, this.#keys[row] ?? '');
    }
    return all;
  }
}

function keepKey(all: Map<string, Set<string>>, key: string): void {
  const address = addressOfKey(key);
  const here = all.get(address);
  if (here) here.add(key);
  else all.set(address, new Set([key]));
}
