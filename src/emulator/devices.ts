// devices.ts - the devices of our dataplane: plugs machines into its nodes, and takes a node's away all at once.
import type { Pool } from '../engine/pool.js';
import { addressesInForce } from '../lab/host/addresses.js';
import { closeTap, type Namespace, type Tap } from '../lab/host/host.js';
import {
  addInterface,
  type Connector,
  createSandbox,
  INTERFACE,
  type Sandbox,
  type SandboxSpec,
} from '../lab/host/sandbox.js';
import type { Yard } from '../lab/host/yard.js';

export class Devices {
  readonly #pool: Pool;
  /** Null: every machine has a TAP of its own. */
  readonly #yard: Yard | null;
  /** Node → its ports that have a device. */
  readonly #ports = new Map<number, Set<number>>();

  constructor(pool: Pool, yard: Yard | null) {
    this.#pool = pool;
    this.#yard = yard;
  }

  /** Creates a namespace whose interface is connected to a port of the dataplane. */
  async plug(node: number, port: number, spec: SandboxSpec): Promise<Sandbox> {
    const sandbox = createSandbox(spec, this.#connector(node, port));
    try {
      await this.#attach(node, port, spec, sandbox.namespace, sandbox.tap);
      return sandbox;
    } catch (error) {
      sandbox.close();
      throw error;
    }
  }

  /** Gives a namespace that has lost its interface another one. */
  replug(node: number, port: number, spec: SandboxSpec, { namespace }: Sandbox): Promise<void> {
    return this.#attach(node, port, spec, namespace, addInterface(namespace, spec, this.#connector(node, port)));
  }

  async unplug(node: number, port: number): Promise<void> {
    if (this.#ports.get(node)?.delete(port)) await this.#pool.detach(node, port);
  }

  /** From now on the node takes nothing in and sends nothing, and has forgotten its connections. */
  async cut(node: number): Promise<void> {
    this.#ports.delete(node);
    await this.#pool.removeNode(node);
    await this.#pool.addNode(node);
  }

  #connector(node: number, port: number): Connector | undefined {
    return this.#yard?.connector(`port${node}.${port}`);
  }

  async #attach(node: number, port: number, spec: SandboxSpec, namespace: Namespace, tap: Tap): Promise<void> {
    try {
      await addressesInForce(namespace, INTERFACE, spec.addresses);
      await this.#pool.attachTap(node, port, tap);
    } catch (error) {
      closeTap(tap);
      throw error;
    }
    this.#ports.set(node, (this.#ports.get(node) ?? new Set()).add(port));
  }
}
