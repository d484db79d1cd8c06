// plane.ts - the dataplane of an agent: nodes that come and go, and the fabric between them with its wire to the others.
import { Devices } from '../emulator/devices.js';
import { createPool, type Pool } from '../engine/pool.js';
import type { Cleanup } from '../lab/host/cleanup.js';
import type { Sandbox } from '../lab/host/sandbox.js';
import type { Wiring } from '../lab/pods/wiring.js';
import type { TablesOptions } from '../lab/tables/tables.js';
import { Fault } from '../model/fault.js';
import { HOST_PORT, macOf, WIRE_PORT } from '../topology/attachment.js';
import { FABRIC_ID, type LabNode } from '../topology/topology.js';

/** Of the router at the wire: it only passes on, and says from here what it cannot reach. */
const WIRE_ADDRESSES = ['169.254.77.2', 'fd00:77::2'];

export class AgentPlane implements Pick<Wiring, 'plug' | 'unplug' | 'host'> {
  readonly #pool: Pool;
  readonly #devices: Devices;
  readonly #mtu: number;
  readonly #machines = new Map<string, Sandbox>();
  /** The namespace at the fabric's wire. */
  readonly router: Sandbox;

  private constructor(pool: Pool, devices: Devices, router: Sandbox, mtu: number) {
    this.#pool = pool;
    this.#devices = devices;
    this.router = router;
    this.#mtu = mtu;
  }

  static async start(mtu: number, seed: number, cleanup: Cleanup): Promise<AgentPlane> {
    const pool = createPool({ seed, shards: 1 });
    cleanup.add(() => pool.close());
    await pool.addNode(FABRIC_ID);
    const devices = new Devices(pool, null);
    const mac = macOf('client', 0);
    const spec = { mac, mtu, offloads: true, addresses: WIRE_ADDRESSES, ranges: [], divert: false };
    const router = await devices.plug(FABRIC_ID, WIRE_PORT, spec);
    cleanup.add(() => router.close());
    return new AgentPlane(pool, devices, router, mtu);
  }

  readonly load: TablesOptions['load'] = (node, { kind, bytes }) =>
    kind === 'patch' ? this.#pool.patchImage(node, bytes) : this.#pool.loadImage(node, bytes);

  /** A node without tables and pods. */
  async add(node: LabNode): Promise<Sandbox> {
    await this.#pool.addNode(node.id);
    const { id, addresses } = node;
    const spec = { mac: macOf('host', id), mtu: this.#mtu, offloads: true, addresses, ranges: [], divert: true };
    const machine = await this.#devices.plug(id, HOST_PORT, spec);
    this.#machines.set(node.name, machine);
    return machine;
  }

  /** From now on nothing reaches the node, and nothing leaves it. */
  cut = ({ id }: LabNode): Promise<void> => this.#devices.cut(id);

  /** Its namespace ends with what still runs there. */
  async remove({ id, name }: LabNode): Promise<void> {
    await this.#pool.removeNode(id);
    this.#machines.get(name)?.close();
    this.#machines.delete(name);
  }

  plug: Wiring['plug'] = (node, { id, port, addresses }) => {
    const mac = macOf('pod', id);
    const spec = { mac, mtu: this.#mtu, offloads: true, addresses, ranges: node.podCIDRs, divert: false };
    return this.#devices.plug(node.id, port, spec);
  };

  unplug: Wiring['unplug'] = async (node, { port }, sandbox) => {
    await this.#devices.unplug(node.id, port);
    sandbox.close();
  };

  host: Wiring['host'] = ({ name }) => {
    const machine = this.#machines.get(name);
    if (!machine) throw new Fault('INTERNAL', `${name} has no namespace`);
    return machine;
  };
}
