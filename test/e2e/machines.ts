// machines.ts - machines that see each other, as network namespaces on a bridge, with programs of ours in them: an API and agents.
import { join } from 'node:path';
import { createNamespace, type Namespace } from '../../src/lab/host/host.js';
import { type Spawned, spawnInNamespace } from '../../src/lab/host/process.js';
import { runIp } from '../../src/lab/netfilter/tools.js';
import { root, User } from './harness.js';

const MAIN = join(root, 'dist/src/cli/main.js');

/** Of the machine with the API. */
const HUB = '10.9.0.1';

export class Machines {
  readonly user = new User();
  readonly #hub = createNamespace();
  readonly #machines: Namespace[] = [];
  readonly #running = new Set<Spawned>();
  /** What programs said, all together. */
  said = '';

  /** A hub at 10.9.0.1, and machines at 10.9.0.2 and on. */
  static async lay(count: number): Promise<Machines> {
    const made = new Machines();
    await runIp(made.#hub, [
      'link set lo up',
      'link add br0 type bridge',
      'link set br0 up',
      `addr add ${HUB}/24 dev br0`,
    ]);
    for (let i = 0; i < count; i++) {
      const machine = createNamespace();
      made.#machines.push(machine);
      await runIp(made.#hub, [
        `link add m${i} type veth peer name eth0 netns ${machine.path}`,
        `link set m${i} master br0 up`,
      ]);
      await runIp(machine, [
        'link set lo up',
        'link set eth0 up',
        `addr add ${HUB.replace(/1$/, String(i + 2))}/24 dev eth0`,
      ]);
    }
    return made;
  }

  /** `kubewire WORDS…` on the hub (-1) or on a machine. */
  start(machine: number, words: readonly string[]): Spawned {
    const namespace = machine < 0 ? this.#hub : this.#machines[machine];
    if (!namespace) throw new Error(`there is no machine ${machine}`);
    const argv = [process.execPath, MAIN, ...words];
    const child = spawnInNamespace(namespace, argv, { env: this.user.env, stdio: ['ignore', 'pipe', 'pipe'] });
    for (const stream of [child.stdout, child.stderr]) stream?.on('data', (bytes) => (this.said += String(bytes)));
    this.#running.add(child);
    void child.wait().then(() => this.#running.delete(child));
    return child;
  }

  /** Takes the cable of a machine away, or plugs it in again. */
  cable = (machine: number, on: boolean): Promise<void> =>
    runIp(this.#hub, [`link set m${machine} ${on ? 'up' : 'down'}`]);

  async leave(): Promise<void> {
    for (const child of this.#running) child.kill('SIGTERM');
    await Promise.all([...this.#running].map((child) => child.wait()));
    for (const machine of [...this.#machines, this.#hub]) machine.close();
    await this.user.leave();
  }
}
