// virtual.ts - pods that are addresses alone: the engine carries their packets and this file answers for them, so that a
// strategy can be studied with more pods than a machine has namespaces for.
import { type Decision, LAYOUT, Verdict } from '../src/abi/abi.gen.js';
import { COUNTERS } from '../src/abi/layout.js';
import { loadAddon, type NodeEngine } from '../src/engine/addon.js';
import { readRow } from '../src/image/decode.js';
import { encodeImage } from '../src/image/encode.js';
import { FIRST_POD_PORT } from '../src/topology/attachment.js';
import { ETHERNET_BYTES } from '../src/wire/headers.js';
import { makeBench, makeCluster, tablesOf } from './cluster.js';
import { ACK, FRAME_BYTES, frames, number4, SYN } from './packets.js';

const CLIENT = number4('10.244.1.2');
const FIRST_SERVICE = number4('10.96.0.1');
const PORT = 80;
const FIRST_POD = number4('10.128.0.1');
const NOW = 1_000_000_000n;
const FLOWS = 1 << 20;
const CLIENT_PORTS = 60_000;

interface Study {
  readonly strategy: string;
  readonly services: number;
  readonly podsEach: number;
  readonly connections: number;
  readonly seed: number;
}

interface Findings {
  readonly imageBytes: number;
  /** Connections whose answer came back to the client from the Service. */
  readonly answered: number;
  /** ns for the SYN and its answer, with what this file does. */
  readonly nsEach: number;
  /** Number of pod → connections it was given. */
  readonly shares: Uint32Array;
}

/** Source and destination of an IPv4 frame. */
const ends = (frame: Uint8Array): readonly [number, number] => {
  const view = new DataView(frame.buffer, frame.byteOffset);
  return [view.getUint32(ETHERNET_BYTES + 12), view.getUint32(ETHERNET_BYTES + 16)];
};

class Host {
  readonly imageBytes: number;
  /** Where the pods are, as seen from the client's node. */
  readonly uplink: number;
  readonly #node: NodeEngine;
  readonly #offload = new Uint32Array(6);
  readonly #decision = new Uint8Array(LAYOUT.Decision.size);
  readonly #view = new DataView(this.#decision.buffer);
  readonly #out = new Uint8Array(2048);

  constructor({ strategy, services, podsEach, seed }: Study) {
    const bench = makeBench([{ port: FIRST_POD_PORT, id: 1, name: 'default/client', addresses: ['10.244.1.2'] }]);
    const wired = { ...bench, attachment: { ...bench.attachment, egressMasquerade: false } };
    const image = encodeImage(tablesOf(wired, makeCluster(services, podsEach), strategy, 1, seed));
    const cells = new BigUint64Array(new SharedArrayBuffer(COUNTERS.cells * 8));
    this.#node = new (loadAddon().NodeEngine)(seed, FLOWS, cells);
    const error = this.#node.load(image, NOW);
    if (error !== 0) throw new Error(`image refused: ${error}`);
    this.imageBytes = image.byteLength;
    this.uplink = bench.attachment.ports.findIndex(({ kind }) => kind === 'UPLINK');
  }

  /** What leaves; null if nothing does. Valid until the next call. */
  carry(frame: Uint8Array, port: number): Uint8Array | null {
    this.#offload.fill(0);
    const bytes = this.#node.process(frame, FRAME_BYTES, port, this.#offload, NOW, this.#decision, this.#out);
    const { verdict } = readRow(this.#view, 0, LAYOUT.Decision) as unknown as Decision;
    return verdict === Verdict.FORWARD ? this.#out.subarray(0, bytes) : null;
  }
}

/** The SYN of connection `i`, or its answer from a pod. */
function syn(i: number, services: number) {
  const destination = FIRST_SERVICE + (i % services);
  const sourcePort = 1024 + (Math.floor(i / services) % CLIENT_PORTS);
  return { source: CLIENT, destination, sourcePort, destinationPort: PORT };
}

/** Lets a client open connections to all Services in turn; the pods that are chosen answer. */
export function study(wanted: Study): Findings {
  const { services, podsEach, connections } = wanted;
  const host = new Host(wanted);
  const shares = new Uint32Array(services * podsEach);
  let answered = 0;
  const start = process.hrtime.bigint();
  for (let i = 0; i < connections; i++) {
    const asked = syn(i, services);
    const there = host.carry(frames(1, FIRST_POD_PORT, SYN, () => asked).bytes, FIRST_POD_PORT);
    if (!there) continue;
    const [, pod] = ends(there);
    shares[pod - FIRST_POD] = (shares[pod - FIRST_POD] ?? 0) + 1;
    const reply = { source: pod, destination: CLIENT, sourcePort: 8080, destinationPort: asked.sourcePort };
    const back = host.carry(frames(1, host.uplink, SYN | ACK, () => reply).bytes, host.uplink);
    if (back && ends(back)[0] === asked.destination) answered++;
  }
  const nsEach = Number(process.hrtime.bigint() - start) / connections;
  return { imageBytes: host.imageBytes, answered, nsEach, shares };
}
