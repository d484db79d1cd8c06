// packet.ts - a fluent packet builder: every length and checksum is computed in full, unless a test says what it should be.
//
//     packet().ip4('10.0.0.1', '10.0.0.2').tcp(40000, 80, { flags: 'SYN' }).payload('hello').frame(2)
//
// Layers are given from the outside in. What is left out has a sensible value: Ethernet addresses, TTL 64, window 65535.
import { type FrameIn, NO_OFFLOAD, type Offload } from '../../src/engine/engine.js';
import { isIPv6, mustAddress } from '../../src/model/address.js';
import { concat, crc32c, internetChecksum, onesSum, pseudoHeader, word } from './internet.js';

export const TCP_FLAGS = { FIN: 1, SYN: 2, RST: 4, PSH: 8, ACK: 16, URG: 32, ECE: 64, CWR: 128 } as const;

/** `SYN`, `SYN,ACK`, '' = none. */
export const tcpFlags = (text: string): number =>
  text
    .split(',')
    .filter((name) => name !== '')
    .reduce((bits, name) => {
      const bit = TCP_FLAGS[name as keyof typeof TCP_FLAGS];
      if (bit === undefined) throw new Error(`no TCP flag ${name}`);
      return bits | bit;
    }, 0);

/** Address as on the wire: 4 or 16 bytes. */
export function wire(text: string): Uint8Array {
  const address = mustAddress(text);
  return address.family === 'IPv4' ? address.bytes.slice(12) : address.bytes;
}

export const mac = (text: string): Uint8Array => Uint8Array.from(text.split(':'), (part) => Number.parseInt(part, 16));

const data = (value: Uint8Array | string | number): Uint8Array => {
  if (typeof value === 'string') return new TextEncoder().encode(value);
  return typeof value === 'number' ? Uint8Array.from({ length: value }, (_, i) => (i * 7 + 3) & 0xff) : value;
};

export const CLIENT_MAC = '02:00:00:00:00:c1';
const GATEWAY_MAC = '02:00:00:00:00:01';

interface Inner {
  readonly bytes: Uint8Array;
  /** Protocol number by which the layer outside names this one. */
  readonly protocol: number;
  /** Offsets in `bytes` for a partial checksum: of the upper-layer header and of its checksum field in it. */
  readonly l4?: number;
  readonly checksumOffset?: number;
  readonly headerBytes?: number;
}

interface Outside {
  readonly source: Uint8Array;
  readonly destination: Uint8Array;
  readonly isPartial: boolean;
}

type Layer = (inner: Inner, outside: Outside) => Inner;

/** Where the layer stands; needed to find the pseudo-header's addresses. */
interface Stacked {
  readonly make: Layer;
  readonly source?: Uint8Array;
  readonly destination?: Uint8Array;
}

const NO_NEXT_HEADER = 59;
const SCTP_INIT = 1;
const SCTP_INIT_ACK = 2;

interface Ip4Options {
  ttl?: number;
  tos?: number;
  id?: number;
  df?: boolean;
  mf?: boolean;
  /** Fragment offset in bytes. */
  offset?: number;
  options?: Uint8Array;
  protocol?: number;
  totalLength?: number;
  checksum?: number;
}

interface Ip6Options {
  hopLimit?: number;
  trafficClass?: number;
  flowLabel?: number;
  nextHeader?: number;
  payloadLength?: number;
}

export class PacketBuilder {
  readonly #layers: readonly Stacked[];
  readonly #ethernet: Uint8Array;
  readonly #isPartial: boolean;
  readonly #gso: { type: number; size: number } | null;

  constructor(
    layers: readonly Stacked[] = [],
    ethernet: Uint8Array = concat(mac(GATEWAY_MAC), mac(CLIENT_MAC)),
    isPartial = false,
    gso: { type: number; size: number } | null = null,
  ) {
    this.#layers = layers;
    this.#ethernet = ethernet;
    this.#isPartial = isPartial;
    this.#gso = gso;
  }

  #with(layer: Stacked): PacketBuilder {
    return new PacketBuilder([...this.#layers, layer], this.#ethernet, this.#isPartial, this.#gso);
  }

  ethernet(source: string, destination: string): PacketBuilder {
    return new PacketBuilder(this.#layers, concat(mac(destination), mac(source)), this.#isPartial, this.#gso);
  }

  /** The upper-layer checksum is left to the device: the field holds the folded pseudo-header sum. */
  partial(): PacketBuilder {
    return new PacketBuilder(this.#layers, this.#ethernet, true, this.#gso);
  }

  /** One frame that the device will cut: 1 TCPv4, 4 TCPv6, 5 UDP_L4. Implies a partial checksum. */
  gso(type: number, size: number): PacketBuilder {
    return new PacketBuilder(this.#layers, this.#ethernet, true, { type, size });
  }

  arp(fields: { operation: number; sender: [string, string]; target: [string, string] }): PacketBuilder {
    const body = concat(
      word(1),
      word(0x0800),
      Uint8Array.of(6, 4),
      word(fields.operation),
      mac(fields.sender[0]),
      wire(fields.sender[1]),
      mac(fields.target[0]),
      wire(fields.target[1]),
    );
    return this.#with({ make: () => ({ bytes: body, protocol: 0x0806 }) });
  }

  ip4(source: string, destination: string, o: Ip4Options = {}): PacketBuilder {
    const [from, to] = [wire(source), wire(destination)];
    const make: Layer = (inner) => {
      const options = o.options ?? new Uint8Array(0);
      const headerBytes = 20 + options.length;
      const total = o.totalLength ?? headerBytes + inner.bytes.length;
      const fragment = (o.df ? 0x4000 : 0) | (o.mf ? 0x2000 : 0) | ((o.offset ?? 0) >> 3);
      const header = concat(
        Uint8Array.of(0x40 | (headerBytes / 4), o.tos ?? 0),
        word(total),
        word(o.id ?? 0x1234),
        word(fragment),
        Uint8Array.of(o.ttl ?? 64, o.protocol ?? inner.protocol, 0, 0),
        from,
        to,
        options,
      );
      header.set(word(o.checksum ?? internetChecksum(header)), 10);
      return shift(inner, header, 0x0800);
    };
    return this.#with({ make, source: from, destination: to });
  }

  ip6(source: string, destination: string, o: Ip6Options = {}): PacketBuilder {
    const [from, to] = [wire(source), wire(destination)];
    const make: Layer = (inner) => {
      const label = o.flowLabel ?? 0;
      const trafficClass = o.trafficClass ?? 0;
      const header = concat(
        Uint8Array.of(0x60 | (trafficClass >> 4), ((trafficClass & 0xf) << 4) | (label >> 16)),
        word(label),
        word(o.payloadLength ?? inner.bytes.length),
        Uint8Array.of(o.nextHeader ?? inner.protocol, o.hopLimit ?? 64),
        from,
        to,
      );
      return shift(inner, header, 0x86dd);
    };
    return this.#with({ make, source: from, destination: to });
  }

  /** An IPv6 extension header of `units` times 8 bytes: 0 hop-by-hop, 43 routing, 60 destination options (all padding). */
  extension(number: 0 | 43 | 60, units = 1): PacketBuilder {
    const make: Layer = (inner) => {
      const header = new Uint8Array(8 * units);
      header[0] = inner.protocol;
      header[1] = units - 1;
      if (number !== 43) header.set([1, header.length - 4], 2);
      return shift(inner, header, number);
    };
    return this.#with({ make });
  }

  /** An IPv6 fragment header. `offset` in bytes. */
  fragment(o: { offset?: number; more?: boolean; id?: number; nextHeader?: number } = {}): PacketBuilder {
    const make: Layer = (inner) => {
      const id = o.id ?? 0x01020304;
      const header = concat(
        Uint8Array.of(o.nextHeader ?? inner.protocol, 0),
        word((o.offset ?? 0) | (o.more ? 1 : 0)),
        word(id >>> 16),
        word(id),
      );
      return shift(inner, header, 44);
    };
    return this.#with({ make });
  }

  tcp(
    sourcePort: number,
    destinationPort: number,
    o: { flags?: string; seq?: number; ack?: number; window?: number; options?: Uint8Array; checksum?: number } = {},
  ): PacketBuilder {
    const make: Layer = (inner, outside) => {
      const options = o.options ?? new Uint8Array(0);
      const header = concat(
        word(sourcePort),
        word(destinationPort),
        word((o.seq ?? 1) >>> 16),
        word(o.seq ?? 1),
        word((o.ack ?? 0) >>> 16),
        word(o.ack ?? 0),
        Uint8Array.of((20 + options.length) << 2, tcpFlags(o.flags ?? 'SYN')),
        word(o.window ?? 65_535),
        word(0),
        word(0),
        options,
      );
      return finish(header, inner.bytes, 6, 16, o.checksum, outside);
    };
    return this.#with({ make });
  }

  udp(sourcePort: number, destinationPort: number, o: { length?: number; checksum?: number } = {}): PacketBuilder {
    const make: Layer = (inner, outside) => {
      const length = o.length ?? 8 + inner.bytes.length;
      const header = concat(word(sourcePort), word(destinationPort), word(length), word(0));
      return finish(header, inner.bytes, 17, 6, o.checksum, outside);
    };
    return this.#with({ make });
  }

  /** SCTP with one chunk of the given type around the payload; INIT and INIT ACK have their own fields before it. */
  sctp(
    sourcePort: number,
    destinationPort: number,
    o: { chunk?: number; tag?: number; initiateTag?: number; flags?: number; crc?: number } = {},
  ): PacketBuilder {
    const make: Layer = (inner) => {
      const type = o.chunk ?? SCTP_INIT;
      const tag = o.tag ?? (type === SCTP_INIT ? 0 : 0xabcdef01);
      const initiate = o.initiateTag ?? 0xabcdef01;
      const hasOwn = type === SCTP_INIT || type === SCTP_INIT_ACK;
      const own = concat(
        word(initiate >>> 16),
        word(initiate),
        word(0),
        word(1500),
        word(1),
        word(1),
        word(0),
        word(1),
      );
      const body = hasOwn ? concat(own, inner.bytes) : inner.bytes;
      const padding = new Uint8Array(-body.length & 3);
      const chunk = concat(Uint8Array.of(type, o.flags ?? 0), word(4 + body.length), body, padding);
      const bytes = concat(
        word(sourcePort),
        word(destinationPort),
        word(tag >>> 16),
        word(tag & 0xffff),
        new Uint8Array(4),
        chunk,
      );
      new DataView(bytes.buffer).setUint32(8, o.crc ?? crc32c(bytes), true);
      return { bytes, protocol: 132, l4: 0, checksumOffset: 8, headerBytes: 12 };
    };
    return this.#with({ make });
  }

  /** ICMP in IPv4, ICMPv6 in IPv6. `rest` are the four bytes behind the checksum. */
  icmp(type: number, code: number, o: { rest?: Uint8Array; checksum?: number } = {}): PacketBuilder {
    const make: Layer = (inner, outside) => {
      const header = concat(Uint8Array.of(type, code, 0, 0), o.rest ?? new Uint8Array(4));
      const protocol = outside.source.length === 4 ? 1 : 58;
      return finish(header, inner.bytes, protocol, 2, o.checksum, outside);
    };
    return this.#with({ make });
  }

  /** A query of ICMP, or the answer to one. */
  query(type: number, id: number, code = 0): PacketBuilder {
    return this.icmp(type, code, { rest: concat(word(id), word(1)) });
  }

  /** Echo request or reply of the family in which it stands. */
  echo(id: number, seq = 1, o: { reply?: boolean } = {}): PacketBuilder {
    const make: Layer = (inner, outside) => {
      const isV4 = outside.source.length === 4;
      const type = isV4 ? (o.reply ? 0 : 8) : o.reply ? 129 : 128;
      const header = concat(Uint8Array.of(type, 0, 0, 0), word(id), word(seq));
      return finish(header, inner.bytes, isV4 ? 1 : 58, 2, undefined, outside);
    };
    return this.#with({ make });
  }

  /** Some other protocol: its bytes as they are. */
  other(protocol: number, bytes: Uint8Array | string | number = 8): PacketBuilder {
    return this.#with({ make: () => ({ bytes: data(bytes), protocol }) });
  }

  /** Payload; a number makes that many bytes of a pattern. */
  payload(bytes: Uint8Array | string | number): PacketBuilder {
    return this.#with({ make: () => ({ bytes: data(bytes), protocol: NO_NEXT_HEADER }) });
  }

  #build(): Inner {
    let inner: Inner = { bytes: new Uint8Array(0), protocol: NO_NEXT_HEADER };
    for (let i = this.#layers.length - 1; i >= 0; i--) {
      const around = this.#layers.slice(0, i).findLast((layer) => layer.source);
      const outside = {
        source: around?.source ?? new Uint8Array(4),
        destination: around?.destination ?? new Uint8Array(4),
        isPartial: this.#isPartial,
      };
      inner = this.#layers[i]?.make(inner, outside) ?? inner;
    }
    return inner;
  }

  /** The packet without its Ethernet header. */
  packetBytes(): Uint8Array {
    return this.#build().bytes;
  }

  /** The Ethernet frame. */
  bytes(): Uint8Array {
    const inner = this.#build();
    return concat(this.#ethernet, word(inner.protocol), inner.bytes);
  }

  offload(): Offload {
    if (!this.#isPartial) return NO_OFFLOAD;
    const { l4 = 0, checksumOffset = 0, headerBytes = 0 } = this.#build();
    return {
      needsChecksum: true,
      gsoType: this.#gso?.type ?? 0,
      gsoSize: this.#gso?.size ?? 0,
      headerLength: this.#gso ? 14 + l4 + headerBytes : 0,
      checksumStart: 14 + l4,
      checksumOffset,
    };
  }

  frame(port: number): FrameIn {
    return { port, bytes: this.bytes(), offload: this.offload() };
  }
}

function shift(inner: Inner, header: Uint8Array, protocol: number): Inner {
  const { l4, ...rest } = inner;
  return {
    ...rest,
    bytes: concat(header, inner.bytes),
    protocol,
    ...(l4 === undefined ? {} : { l4: l4 + header.length }),
  };
}

/** Puts an upper-layer header before its payload and computes its checksum. */
function finish(
  header: Uint8Array,
  payload: Uint8Array,
  protocol: number,
  checksumOffset: number,
  checksum: number | undefined,
  outside: Outside,
): Inner {
  const bytes = concat(header, payload);
  const pseudo =
    protocol === 1 ? new Uint8Array(0) : pseudoHeader(outside.source, outside.destination, protocol, bytes.length);
  const computed = outside.isPartial ? onesSum(pseudo) : internetChecksum(pseudo, bytes);
  const sent = protocol === 17 && computed === 0 && !outside.isPartial ? 0xffff : computed;
  bytes.set(word(checksum ?? sent), checksumOffset);
  return { bytes, protocol, l4: 0, checksumOffset, headerBytes: header.length };
}

export const packet = (): PacketBuilder => new PacketBuilder();
/** The IP layer of whatever family the addresses have. */
export const ip = (source: string, destination: string, hops = 64): PacketBuilder =>
  isIPv6(source)
    ? packet().ip6(source, destination, { hopLimit: hops })
    : packet().ip4(source, destination, { ttl: hops });
