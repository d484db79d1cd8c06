// websocket.ts - the default application as a WebSocket server: says who it is, and then whatever it is told.
import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { WebSocketServer } from 'ws';

const sockets = new WebSocketServer({ noServer: true });

export const isWebSocket = ({ headers }: IncomingMessage): boolean => headers.upgrade?.toLowerCase() === 'websocket';

export function echoMessages(request: IncomingMessage, socket: Socket, head: Buffer, greeting: string): void {
  sockets.handleUpgrade(request, socket, head, (client) => {
    client.on('error', () => client.terminate());
    client.on('message', (message, binary) => client.send(message, { binary }));
    client.send(greeting);
  });
}
