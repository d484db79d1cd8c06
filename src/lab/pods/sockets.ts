// sockets.ts - the sockets of a pod's ports, made in its namespace and served by a worker thread of the lab.
import { closeSync } from 'node:fs';
import { familyOf } from '../../model/address.js';
import type { PodPort } from '../../topology/listening.js';

/** Creates listening sockets inside a namespace; the caller owns the file descriptors. Throws if the port is taken. */
export interface SocketMaker {
  listenTcp(address: string, port: number): number;
  bindUdp(address: string, port: number): number;
}

/** A socket that the main thread made in the pod's namespace. */
export interface ServedSocket {
  readonly fd: number;
  readonly protocol: 'TCP' | 'UDP';
  readonly family: 'IPv4' | 'IPv6';
  /** `UDP/9091 IPv4`: names the socket within its pod. */
  readonly key: string;
  readonly address: string;
  readonly port: number;
}

export const portKey = (port: PodPort): string => `${port.protocol}/${port.port}`;

/**
 * One socket per family. TCP listens on every address, so that a pod reaches itself on its loopback. UDP listens on the
 * pod's own, so that answers leave from the address that was asked.
 */
export function makeSockets(port: PodPort, addresses: readonly string[], maker: SocketMaker): ServedSocket[] {
  const { protocol } = port;
  const made: ServedSocket[] = [];
  try {
    for (const address of addresses) {
      const family = familyOf(address);
      const any = family === 'IPv6' ? '::' : '0.0.0.0';
      const fd = protocol === 'TCP' ? maker.listenTcp(any, port.port) : maker.bindUdp(address, port.port);
      made.push({ fd, protocol, family, key: `${portKey(port)} ${family}`, address, port: port.port });
    }
  } catch (error) {
    for (const { fd } of made) closeSync(fd);
    throw error;
  }
  return made;
}
