// health.ts - the default application says by gRPC that it is well (grpc.health.v1.Health), to whoever asks in HTTP/2.
import { createServer } from 'node:http2';
import type { Socket } from 'node:net';

/** HealthCheckResponse {status: SERVING}, in a frame of gRPC: not compressed, and its length in four bytes. */
const SERVING = Buffer.from([0, 0, 0, 0, 2, 0x08, 0x01]);
const PATH = '/grpc.health.v1.Health/Check';
/** Status code UNIMPLEMENTED of gRPC. */
const UNIMPLEMENTED = '12';

const server = createServer();
server.on('stream', (stream, { ':path': path }) => {
  const known = path === PATH;
  stream.on('error', () => stream.close());
  stream.respond({ ':status': 200, 'content-type': 'application/grpc' }, { waitForTrailers: true });
  stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': known ? '0' : UNIMPLEMENTED }));
  stream.end(known ? SERVING : undefined);
});
server.on('sessionError', () => undefined);

/** @param socket which begins with the preface of HTTP/2 */
export const serveHttp2 = (socket: Socket): void => void server.emit('connection', socket);
