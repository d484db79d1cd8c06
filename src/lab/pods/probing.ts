// probing.ts - one question of a probe, really sent: from the pod's node to the pod, or a program inside it.
import { request as httpRequest } from 'node:http';
import { connect as connectHttp2, constants } from 'node:http2';
import { Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { familyOf, urlHost } from '../../model/address.js';
import { after } from '../../model/timer.js';
import type { Probe, ProbeAction } from '../../topology/probes.js';
import type { ClientSockets } from '../check/client.js';
import type { RunningCommand } from './command.js';

/** So much of what a program says is kept, in characters. */
const SAID = 1024;

/** Who asks, and where the pod is. */
export interface ProbePlace {
  /** Of the node. */
  readonly sockets: ClientSockets;
  /** Of the pod. */
  readonly address: string;
  /** Runs a program in the container. Rejects with code ENOENT when this machine has none of that name. */
  readonly run: (argv: readonly string[]) => Promise<RunningCommand>;
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** A question under way. */
interface Attempt extends ProbePlace {
  /** How it is ended when its time is over. */
  giveUp: () => void;
}

/** Connects; the caller sees errors on the socket. */
function connect(attempt: Attempt, host: string, port: number): Socket {
  const socket = new Socket({ fd: attempt.sockets.tcp(familyOf(host)), manualStart: true } as { fd: number });
  attempt.giveUp = () => socket.destroy();
  return socket.connect({ host, port });
}

function askTcp(place: Attempt, host: string, port: number): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect(place, host, port);
    socket.once('connect', () => {
      socket.destroy();
      resolve('');
    });
    socket.once('error', (error) => resolve(messageOf(error)));
  });
}

type HttpAction = Extract<ProbeAction, { type: 'http' }>;

function askHttp(place: Attempt, host: string, { port, path, tls, headers }: HttpAction): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect(place, host, port);
    const finish = (problem: string): void => {
      socket.destroy();
      resolve(problem);
    };
    const asked = httpRequest({
      createConnection: () => (tls ? connectTls({ socket, rejectUnauthorized: false }) : socket),
      headers: { Host: `${urlHost(host)}:${port}`, 'User-Agent': 'kube-probe/1.36', Connection: 'close', ...headers },
      path,
    });
    asked.on('error', (error) => finish(`Get "${path}": ${messageOf(error)}`));
    asked.on('response', ({ statusCode = 0 }) =>
      finish(statusCode >= 200 && statusCode < 400 ? '' : `HTTP probe failed with statuscode: ${statusCode}`),
    );
    asked.end();
  });
}

/** A message of gRPC with a text as its field 1, or an empty one (grpc.health.v1.HealthCheckRequest). */
function healthRequest(service: string): Buffer {
  const name = Buffer.from(service);
  const message = name.length === 0 ? name : Buffer.concat([Buffer.from([0x0a, name.length]), name]);
  return Buffer.concat([Buffer.from([0, 0, 0, 0, message.length]), message]);
}

/** HealthCheckResponse with status SERVING: field 1, value 1, after the five bytes of gRPC's frame. */
const SERVING = Buffer.from([0x08, 0x01]);

function askGrpc(place: Attempt, port: number, service: string): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect(place, place.address, port);
    const session = connectHttp2(`http://${urlHost(place.address)}:${port}`, { createConnection: () => socket });
    const finish = (problem: string): void => {
      session.destroy();
      socket.destroy();
      resolve(problem);
    };
    session.on('error', (error) => finish(messageOf(error)));
    const stream = session.request({
      [constants.HTTP2_HEADER_METHOD]: 'POST',
      [constants.HTTP2_HEADER_PATH]: '/grpc.health.v1.Health/Check',
      'content-type': 'application/grpc',
      te: 'trailers',
    });
    const heard: Buffer[] = [];
    stream.on('data', (chunk: Buffer) => heard.push(chunk));
    stream.on('error', (error) => finish(messageOf(error)));
    stream.on('end', () => {
      const served = Buffer.concat(heard).subarray(5).equals(SERVING);
      finish(served ? '' : 'service unhealthy (responded with "NOT_SERVING")');
    });
    stream.end(healthRequest(service));
  });
}

/** A program that this machine does not have proves nothing: only the image could run it. */
async function askProgram(place: Attempt, argv: readonly string[]): Promise<string> {
  let command: RunningCommand;
  try {
    command = await place.run(argv);
  } catch (error) {
    return (error as { code?: string }).code === 'ENOENT' ? '' : messageOf(error);
  }
  place.giveUp = () => command.end();
  let said = '';
  const hear = (chunk: Buffer): void => {
    said = `${said}${chunk}`.slice(0, SAID);
  };
  for (const stream of [command.stdout, command.stderr]) stream?.on('data', hear);
  const code = await command.wait();
  return code === 0 ? '' : said.trim() || `command ended with exit code ${code}`;
}

/** '' when the probe succeeds within its time; else why not. Never rejects. */
export function askOnce(
  { action, timeoutMs }: Pick<Probe, 'action' | 'timeoutMs'>,
  place: ProbePlace,
): Promise<string> {
  const attempt: Attempt = { ...place, giveUp: () => undefined };
  const answer = (): Promise<string> => {
    if (action.type === 'exec') return askProgram(attempt, action.command);
    if (action.type === 'grpc') return askGrpc(attempt, action.port, action.service);
    const host = action.host === '' ? place.address : action.host;
    return action.type === 'tcp' ? askTcp(attempt, host, action.port) : askHttp(attempt, host, action);
  };
  return new Promise((resolve) => {
    const stop = after(timeoutMs, () => {
      attempt.giveUp();
      resolve(`probe timed out after ${timeoutMs / 1000}s`);
    });
    void Promise.resolve()
      .then(answer)
      .catch(messageOf)
      .then((problem) => {
        stop();
        resolve(problem);
      });
  });
}
