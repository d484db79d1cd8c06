// secure.ts - the flags of the API over HTTPS, and the listener that they ask for: of `up`, `demo` and `api`.
import { readFileSync } from 'node:fs';
import type { Command } from 'commander';
import { listenSecurely, type SecureListener } from '../../api/secure/listener.js';
import { readTokenFile, type User } from '../../api/secure/users.js';
import { Fault } from '../../model/fault.js';
import { Exit, usage } from '../failure.js';
import { wholeNumber } from './number.js';

export interface SecureFlags {
  readonly securePort?: string;
  readonly bindAddress: string;
  readonly tokenFile?: string;
}

/** The flags, checked. */
export interface SecureRequest {
  /** null: none was named. Then it is the usual port, or any other if that is taken. */
  readonly port: number | null;
  readonly host: string;
  readonly tokens: ReadonlyMap<string, User>;
}

const USUAL_PORT = 6443;
/** Names by which pods know the server. The address of Service default/kubernetes is added. */
const IN_CLUSTER = [
  'kubernetes',
  'kubernetes.default',
  'kubernetes.default.svc',
  'kubernetes.default.svc.cluster.local',
];

export const secureOptions = (command: Command): Command =>
  command
    .option(
      '--secure-port <port>',
      `where the API is served over HTTPS; 0 = any free port (default ${USUAL_PORT}, or any)`,
    )
    .option('--bind-address <address>', 'of HTTPS; beyond loopback only with --token-file', '127.0.0.1')
    .option('--token-file <path>', 'bearer tokens that are let in: token,user,uid,"group,group" a line');

export const isLoopback = (host: string): boolean => host === '::1' || /^127(\.\d{1,3}){3}$/.test(host);

export function secureRequest(flags: SecureFlags, verb: string): SecureRequest {
  const { securePort, bindAddress, tokenFile } = flags;
  if (!isLoopback(bindAddress) && tokenFile === undefined)
    throw usage(`--bind-address ${bindAddress} is open to others: it needs --token-file`, verb);
  return {
    port: securePort === undefined ? null : wholeNumber(securePort, '--secure-port', verb, 0, 65_535),
    host: bindAddress,
    tokens: tokenFile === undefined ? new Map() : readTokens(tokenFile),
  };
}

function readTokens(path: string): ReadonlyMap<string, User> {
  try {
    return readTokenFile(readFileSync(path, 'utf8'));
  } catch (error) {
    throw new Exit(1, `error: --token-file ${path}: ${(error as Error).message}`);
  }
}

/**
 * @param addresses those of Service default/kubernetes, by which pods reach the server
 * @param directory where the state is kept, and with it who the server is; undefined: nowhere
 */
export async function openSecurely(
  request: SecureRequest,
  addresses: readonly string[],
  directory: string | undefined,
): Promise<SecureListener> {
  const { port, host, tokens } = request;
  const kept = directory === undefined ? {} : { directory };
  const options = { host, tokens, names: [...IN_CLUSTER, ...addresses], clock: () => new Date(), ...kept };
  if (port !== null) return listenSecurely({ ...options, port });
  try {
    return await listenSecurely({ ...options, port: USUAL_PORT });
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    return listenSecurely({ ...options, port: 0 });
  }
}
