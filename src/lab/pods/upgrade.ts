// upgrade.ts - an answer for a client that asks for another protocol and does not get it.
import { type IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

/** Node lets go of the socket of such a request: this is a response on it, which ends the connection. */
export function responseAt(request: IncomingMessage, socket: Socket): ServerResponse {
  const response = new ServerResponse(request);
  response.shouldKeepAlive = false;
  response.assignSocket(socket);
  response.on('finish', () => socket.end());
  return response;
}
