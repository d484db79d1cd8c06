// credentials.ts - who we are to a server: certificates and tokens from a kubeconfig, or from a program that it names.
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { Fault } from '../model/fault.js';
import type { Content, ExecPlugin, Target } from './kubeconfig.js';

interface Credentials {
  readonly certificate: string | undefined;
  readonly key: string | undefined;
  /** Value of the header Authorization. */
  readonly authorization: string | undefined;
}

/** status of an ExecCredential. */
interface ExecStatus {
  readonly token?: string;
  readonly clientCertificateData?: string;
  readonly clientKeyData?: string;
  readonly expirationTimestamp?: string;
}

/** What a plugin may print. */
const MOST_BYTES = 1 << 20;

/** Text of a content, read anew each time: tokens and certificates are renewed in place. */
export function read(content: Content): string | undefined {
  if (content === null) return undefined;
  if ('text' in content) return content.text;
  try {
    return readFileSync(content.file, 'utf8');
  } catch (error) {
    const reason = (error as NodeJS.ErrnoException).code === 'ENOENT' ? 'does not exist' : (error as Error).message;
    throw new Fault('NOT_FOUND', `${content.file}, which the kubeconfig names, ${reason}`, 'Mend the kubeconfig.');
  }
}

/** What the plugin is told (KUBERNETES_EXEC_INFO). */
function execInfo({ apiVersion, provideClusterInfo }: ExecPlugin, target: Target): string {
  const authority = read(target.authority);
  const cluster = {
    server: target.server,
    ...(target.serverName === undefined ? {} : { 'tls-server-name': target.serverName }),
    ...(target.insecure ? { 'insecure-skip-tls-verify': true } : {}),
    ...(authority === undefined ? {} : { 'certificate-authority-data': Buffer.from(authority).toString('base64') }),
    config: null,
  };
  const spec = { interactive: process.stdin.isTTY === true, ...(provideClusterInfo ? { cluster } : {}) };
  return JSON.stringify({ kind: 'ExecCredential', apiVersion, spec });
}

function runPlugin(plugin: ExecPlugin, target: Target): Promise<string> {
  const { command, args, env, installHint } = plugin;
  const own = Object.fromEntries(env.map(({ name, value }) => [name, value]));
  return new Promise((resolve, reject) => {
    const child = execFile(
      command,
      [...args],
      { env: { ...process.env, ...own, KUBERNETES_EXEC_INFO: execInfo(plugin, target) }, maxBuffer: MOST_BYTES },
      (error, out, err) => {
        if (!error) return resolve(out);
        const missing = (error as NodeJS.ErrnoException).code === 'ENOENT';
        const why = missing ? 'is not installed' : `failed: ${err.trim() || error.message}`;
        reject(new Fault('TOOL_MISSING', `the exec plugin ${command} ${why}`, installHint || 'kubectl needs it, too.'));
      },
    );
    child.stdin?.end();
  });
}

function statusIn(text: string, { command, apiVersion }: ExecPlugin): ExecStatus {
  try {
    const credential = JSON.parse(text) as { apiVersion?: string; kind?: string; status?: ExecStatus };
    if (credential.kind === 'ExecCredential' && credential.apiVersion === apiVersion && credential.status)
      return credential.status;
  } catch {
    // Told below.
  }
  throw new Fault(
    'TOOL_MISSING',
    `the exec plugin ${command} printed no ExecCredential of ${apiVersion}`,
    'Run it by hand.',
  );
}

/** The credentials of a target. A plugin runs once, and again when its answer has expired or was refused. */
export class Identity {
  readonly #target: Target;
  readonly #clock: () => number;
  #given: ExecStatus | null = null;

  /** @param clock milliseconds since 1970 */
  constructor(target: Target, clock: () => number) {
    this.#target = target;
    this.#clock = clock;
  }

  async credentials(): Promise<Credentials> {
    const { certificate, key, token, basic, exec } = this.#target;
    const given = exec === null ? {} : await this.#exec(exec);
    const bearer = read(token)?.trim() || given.token;
    const login = basic && Buffer.from(`${basic.username}:${basic.password}`).toString('base64');
    return {
      certificate: read(certificate) ?? given.clientCertificateData,
      key: read(key) ?? given.clientKeyData,
      authorization: bearer ? `Bearer ${bearer}` : login ? `Basic ${login}` : undefined,
    };
  }

  /** The server refused them (401). True if other ones may be had. */
  renew(): boolean {
    const had = this.#given !== null;
    this.#given = null;
    return had;
  }

  async #exec(plugin: ExecPlugin): Promise<ExecStatus> {
    const until = Date.parse(this.#given?.expirationTimestamp ?? '');
    if (this.#given && !(until <= this.#clock())) return this.#given;
    this.#given = statusIn(await runPlugin(plugin, this.#target), plugin);
    return this.#given;
  }
}
