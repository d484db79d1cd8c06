// upgrade.ts - requests that become streams: exec, attach and portforward over WebSocket, and connections through a proxy.
import { type IncomingMessage, type Server, ServerResponse, STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import { createWebSocketStream, type WebSocket, WebSocketServer } from 'ws';
import type { Kinds } from '../../cluster/kinds/registry.js';
import {
  badRequest,
  internalError,
  invalid,
  methodNotAllowed,
  StatusError,
  success,
  unauthorized,
} from '../../cluster/status.js';
import { invalid as invalidValue, required } from '../../manifest/validate/field-error.js';
import type { Container, Pod } from '../../model/objects.js';
import { parseTarget, type Target } from '../request.js';
import type { User } from '../secure/users.js';
import { containerOf, objectOf, type Parts, podForStream } from '../subresources/place.js';
import { CHANNEL_PROTOCOLS, type ChannelProtocol, Channels } from './channels.js';
import { exited, type StreamOptions, streamCommand, streamLog } from './command.js';
import { forwardChannels, forwardStreams } from './portforward.js';

/** Longest message of a client, in bytes: kubectl sends 32 KiB at a time. */
const MOST_MESSAGE_BYTES = 4 * 1024 * 1024;
const TUNNEL = 'SPDY/3.1+portforward.k8s.io';
const STREAMS = ['exec', 'attach', 'portforward'];

const NO_SPDY =
  'unable to upgrade: SPDY is not served, only WebSocket: use kubectl 1.31 or later, or set ' +
  'KUBECTL_REMOTE_COMMAND_WEBSOCKETS=true and KUBECTL_PORT_FORWARD_WEBSOCKETS=true for 1.30';

/** What is to happen on a WebSocket of this protocol. */
interface Plan {
  readonly protocol: string;
  run(socket: WebSocket): Promise<unknown>;
}

function targetOf(kinds: Kinds, request: IncomingMessage): Target | null {
  const { pathname } = new URL(request.url ?? '/', 'http://localhost');
  if (!pathname.startsWith('/api/v1/')) return null;
  try {
    const target = parseTarget(kinds, '', 'v1', pathname.slice('/api/v1/'.length));
    return STREAMS.includes(target.subresource ?? '') ? target : null;
  } catch {
    return null;
  }
}

const offered = ({ headers }: IncomingMessage): string[] =>
  (headers['sec-websocket-protocol'] ?? '').split(',').map((name) => name.trim());

function unknownProtocol(request: IncomingMessage, known: readonly string[]): StatusError {
  const [asked, served] = [offered(request).join(', '), known.filter((name) => name !== '').join(', ')];
  return badRequest(`unable to upgrade: none of the subprotocols [${asked}] is served; these are: ${served}`);
}

function channelProtocol(request: IncomingMessage): ChannelProtocol {
  const asked = offered(request);
  const found = CHANNEL_PROTOCOLS.find(({ name }) => asked.includes(name));
  if (found) return found;
  throw unknownProtocol(
    request,
    CHANNEL_PROTOCOLS.map(({ name }) => name),
  );
}

const flag = (query: URLSearchParams, name: string): boolean => ['true', '1'].includes(query.get(name) ?? '');

function streamOptions(query: URLSearchParams): StreamOptions {
  const options = {
    stdin: flag(query, 'stdin'),
    stdout: flag(query, 'stdout'),
    stderr: flag(query, 'stderr'),
    tty: flag(query, 'tty'),
  };
  if (!options.stdin && !options.stdout && !options.stderr)
    throw badRequest('you must specify at least 1 of stdin, stdout, stderr');
  return options;
}

/** A container that waits for somebody to talk to runs its command when somebody attaches. */
function interactive(pod: Pod, name: string): readonly string[] {
  const container = (pod.spec.containers as readonly Container[]).find((one) => one.name === name);
  return container?.stdin ? [...(container.command ?? []), ...(container.args ?? [])] : [];
}

function planCommand(parts: Parts, request: IncomingMessage, pod: Pod, query: URLSearchParams, name: string): Plan {
  const container = containerOf(pod, query.get('container') ?? '');
  const running = podForStream(parts, pod, container);
  const options = streamOptions(query);
  const argv = name === 'exec' ? query.getAll('command') : interactive(pod, container);
  if (name === 'exec' && argv.length === 0)
    throw invalid('PodExecOptions', '', pod.metadata.name, [required('command')]);
  const protocol = channelProtocol(request);
  const given = { terminal: options.tty, stdin: options.stdin, container };
  return {
    protocol: protocol.name,
    run: (socket) => {
      const channels = new Channels(socket, protocol);
      if (name === 'exec') return streamCommand(channels, argv, options, () => running.run(argv, given), exited);
      if (argv.length === 0) return streamLog(channels, running.log, options);
      // How the pod's own program ended stands in the status of the pod.
      return streamCommand(
        channels,
        argv,
        options,
        () => running.interact(argv, given),
        () => success(),
      );
    },
  };
}

function portsOf(query: URLSearchParams, name: string): number[] {
  const texts = query.getAll('port').flatMap((text) => text.split(','));
  if (texts.length === 0) throw badRequest('query parameter "port" is required');
  const wrong = texts.find((text) => !(Number.isInteger(Number(text)) && Number(text) > 0 && Number(text) < 65_536));
  if (wrong === undefined) return texts.map(Number);
  const issue = invalidValue('ports[0]', wrong, 'must be between 1 and 65535, inclusive');
  throw invalid('PodPortForwardOptions', '', name, [issue]);
}

function planForward(parts: Parts, request: IncomingMessage, pod: Pod, query: URLSearchParams): Plan {
  const { name, uid = '' } = pod.metadata;
  const forwarded = { name, uid, running: podForStream(parts, pod, pod.spec.containers[0]?.name ?? '') };
  if (offered(request).includes(TUNNEL))
    return { protocol: TUNNEL, run: (socket) => forwardStreams(createWebSocketStream(socket), forwarded) };
  const protocol = channelProtocol(request);
  const ports = portsOf(query, name);
  return {
    protocol: protocol.name,
    run: (socket) => forwardChannels(new Channels(socket, protocol), forwarded, ports),
  };
}

/** Everything that can be refused is refused before the protocol changes. */
function planOf(parts: Parts, request: IncomingMessage, target: Target): Plan {
  if (request.method !== 'GET' && request.method !== 'POST') throw methodNotAllowed();
  const pod = objectOf<Pod>(parts.cluster, target);
  const query = new URL(request.url ?? '/', 'http://localhost').searchParams;
  const { subresource = '' } = target;
  const isWebSocket = request.headers.upgrade?.toLowerCase() === 'websocket';
  if (!isWebSocket) {
    podForStream(parts, pod, subresource === 'portforward' ? '' : containerOf(pod, query.get('container') ?? ''));
    throw badRequest(request.headers.upgrade?.startsWith('SPDY') ? NO_SPDY : 'Upgrade request required');
  }
  return subresource === 'portforward'
    ? planForward(parts, request, pod, query)
    : planCommand(parts, request, pod, query, subresource);
}

function refuse(socket: Duplex, { status, code }: StatusError): void {
  const body = JSON.stringify(status);
  socket.end(
    `HTTP/1.1 ${code} ${STATUS_CODES[code] ?? ''}\r\ncontent-type: application/json\r\n` +
      `content-length: ${Buffer.byteLength(body)}\r\nconnection: close\r\n\r\n${body}`,
  );
}

/** A request that only would like another protocol is answered in this one. */
function answerPlainly(server: Server, request: IncomingMessage, socket: Duplex): void {
  const response = new ServerResponse(request);
  response.shouldKeepAlive = false;
  response.assignSocket(socket as never);
  response.once('finish', () => socket.end());
  server.emit('request', request, response);
}

/** Takes an upgrade that is none of the API's; false if it is not its own either. */
type OtherUpgrades = (request: IncomingMessage, socket: Duplex, head: Buffer) => boolean;

/**
 * Takes the upgrades of a server from now on.
 * @param sender who sends it; null is refused with 401
 * @param others is asked first
 */
export function serveUpgrades(
  server: Server,
  parts: Parts,
  sender: (request: IncomingMessage) => Promise<User | null>,
  others: OtherUpgrades = () => false,
): void {
  const sockets = new WebSocketServer({ noServer: true, maxPayload: MOST_MESSAGE_BYTES, perMessageDeflate: false });
  const chosen = new WeakMap<IncomingMessage, string>();
  sockets.on('headers', (headers, request) => {
    const protocol = chosen.get(request);
    if (protocol) headers.push(`Sec-WebSocket-Protocol: ${protocol}`);
  });
  const upgrade = async (request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> => {
    const target = targetOf(parts.cluster.store.kinds, request);
    if (!target) return answerPlainly(server, request, socket);
    if (!(await sender(request))) return refuse(socket, unauthorized());
    const plan = planOf(parts, request, target);
    // The name of the tunnel has a slash, which is no name to the library (RFC 6455 §4.1); so it sees none.
    chosen.set(request, plan.protocol);
    delete request.headers['sec-websocket-protocol'];
    sockets.handleUpgrade(request, socket, head, (webSocket) => {
      // A client that breaks the rules, or is gone, is no reason to stop.
      webSocket.on('error', () => webSocket.terminate());
      plan.run(webSocket).catch(() => webSocket.close(1011));
    });
  };
  server.on('upgrade', (request, socket, head) => {
    socket.on('error', () => socket.destroy());
    if (others(request, socket, head)) return;
    upgrade(request, socket, head).catch((error) =>
      refuse(socket, error instanceof StatusError ? error : internalError((error as Error).message)),
    );
  });
}
