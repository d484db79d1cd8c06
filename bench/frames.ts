// frames.ts - TCP frames of connections written as text addresses.
import { ACK, type Batch, frames, number4, SYN } from './packets.js';

export const TCP_SYN = SYN;
export const TCP_ACK = ACK;

/** The first direction of a TCP connection. */
export interface Connection {
  readonly source: string;
  readonly sourcePort: number;
  readonly destination: string;
  readonly destinationPort: number;
}

export type FrameBatch = Batch;

/** One frame a connection with these TCP flags, coming in through a port. */
export function tcpFrames(connections: readonly Connection[], flags: number, port: number): FrameBatch {
  return frames(connections.length, port, flags, (place) => {
    const { source, destination, ...ports } = connections[place] as Connection;
    return { ...ports, source: number4(source), destination: number4(destination) };
  });
}
