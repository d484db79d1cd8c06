// kubeconfig.ts - a kubeconfig (v1 Config) → how one of its contexts reaches its server, in client-go's order of precedence.
import { dirname, isAbsolute, join } from 'node:path';
import { parse } from 'yaml';
import { didYouMean } from '../manifest/suggest.js';
import { Fault } from '../model/fault.js';

/** A program that prints credentials (client.authentication.k8s.io ExecCredential). */
export interface ExecPlugin {
  readonly apiVersion: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly env: readonly { readonly name: string; readonly value: string }[];
  readonly installHint: string;
  /** The plugin is told where the cluster is. */
  readonly provideClusterInfo: boolean;
}

/** Text, or the file that holds it. null: there is none. */
export type Content = { readonly text: string } | { readonly file: string } | null;

/** Everything that a connection needs. Files are read when they are needed. */
export interface Target {
  readonly context: string;
  readonly server: string;
  /** PEM; null = the authorities that Node trusts. */
  readonly authority: Content;
  readonly insecure: boolean;
  /** The name in the server's certificate, if it is another than that of `server`. */
  readonly serverName: string | undefined;
  readonly proxy: string | undefined;
  readonly certificate: Content;
  readonly key: Content;
  readonly token: Content;
  readonly basic: { readonly username: string; readonly password: string } | null;
  readonly exec: ExecPlugin | null;
  /** Headers of impersonation (`as`, `as-groups`, `as-uid`, `as-user-extra`). */
  readonly impersonate: readonly (readonly [header: string, value: string])[];
}

type Fields = Readonly<Record<string, unknown>>;

const fieldsOf = (value: unknown): Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : {};
const textOf = (value: unknown): string => (typeof value === 'string' ? value : '');
const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);
const wrong = (message: string, remedy: string): Fault => new Fault('USAGE', message, remedy);

/** The entry of a list of the file. Throws with the names that there are. */
function entry(config: Fields, list: string, part: string, name: string, file: string): Fields {
  const entries = listOf(config[list]).map(fieldsOf);
  const found = entries.find((one) => one.name === name);
  if (found) return fieldsOf(found[part]);
  const names = entries.map((one) => textOf(one.name));
  const hint = names.length === 0 ? `It has no ${list}.` : `It has: ${names.join(', ')}.`;
  throw wrong(`${file}: there is no ${part} "${name}"${didYouMean(name, names)}`, hint);
}

function content(fields: Fields, name: string, folder: string, file: string): Content {
  const data = textOf(fields[`${name}-data`]);
  if (data !== '') {
    const text = Buffer.from(data, 'base64').toString('utf8');
    if (!/^[A-Za-z0-9+/=\s]+$/.test(data)) throw wrong(`${file}: ${name}-data is not base64`, 'Is the file whole?');
    return { text };
  }
  const path = textOf(fields[name]);
  return path === '' ? null : { file: isAbsolute(path) ? path : join(folder, path) };
}

function tokenOf(user: Fields, folder: string): Content {
  const path = textOf(user.tokenFile);
  if (path !== '') return { file: isAbsolute(path) ? path : join(folder, path) };
  const text = textOf(user.token);
  return text === '' ? null : { text };
}

function execOf(user: Fields, folder: string, file: string): ExecPlugin | null {
  if (user['auth-provider'] !== undefined) {
    const name = textOf(fieldsOf(user['auth-provider']).name);
    throw wrong(
      `${file}: auth-provider "${name}" is no longer supported by Kubernetes`,
      'Use its exec plugin instead.',
    );
  }
  if (user.exec === undefined || user.exec === null) return null;
  const exec = fieldsOf(user.exec);
  const command = textOf(exec.command);
  const apiVersion = textOf(exec.apiVersion);
  if (command === '') throw wrong(`${file}: exec has no command`, 'Say which program prints the credentials.');
  if (!/^client\.authentication\.k8s\.io\/(v1|v1beta1)$/.test(apiVersion)) {
    throw wrong(`${file}: exec: unknown apiVersion "${apiVersion}"`, 'Use client.authentication.k8s.io/v1 or v1beta1.');
  }
  // As client-go: a path with a slash stands beside the file, a bare word is looked for in PATH.
  const relative = command.includes('/') && !isAbsolute(command);
  return {
    apiVersion,
    command: relative ? join(folder, command) : command,
    args: listOf(exec.args).map(textOf),
    env: listOf(exec.env).map((one) => ({ name: textOf(fieldsOf(one).name), value: textOf(fieldsOf(one).value) })),
    installHint: textOf(exec.installHint),
    provideClusterInfo: exec.provideClusterInfo === true,
  };
}

function impersonation(user: Fields): [string, string][] {
  const name = textOf(user.as);
  const extra = Object.entries(fieldsOf(user['as-user-extra']));
  const headers: [string, string][] = [
    ...listOf(user['as-groups']).map((group): [string, string] => ['Impersonate-Group', textOf(group)]),
    ...(textOf(user['as-uid']) === '' ? [] : [['Impersonate-Uid', textOf(user['as-uid'])] as [string, string]]),
    ...extra.flatMap(([key, values]) =>
      listOf(values).map((value): [string, string] => [`Impersonate-Extra-${encodeURIComponent(key)}`, textOf(value)]),
    ),
  ];
  return name === '' ? [] : [['Impersonate-User', name], ...headers];
}

function parsed(text: string, file: string): Fields {
  let value: unknown;
  try {
    value = parse(text, { maxAliasCount: 100 });
  } catch (error) {
    throw wrong(`${file} is no YAML: ${(error as Error).message.split('\n')[0]}`, 'Give a kubeconfig.');
  }
  const config = fieldsOf(value);
  if (config.clusters === undefined && config.contexts === undefined)
    throw wrong(`${file} is no kubeconfig: it has neither clusters nor contexts`, 'Give the file that kubectl uses.');
  return config;
}

/**
 * How a context reaches its server.
 * @param file path of the kubeconfig: relative paths in it start at its folder
 * @param name of the context; undefined = the current one
 */
export function targetIn(text: string, file: string, name: string | undefined): Target {
  const config = parsed(text, file);
  const folder = dirname(file);
  const context = name ?? textOf(config['current-context']);
  if (context === '') throw wrong(`${file} has no current context`, 'Say which one with --context NAME.');
  const chosen = entry(config, 'contexts', 'context', context, file);
  const cluster = entry(config, 'clusters', 'cluster', textOf(chosen.cluster), file);
  const userName = textOf(chosen.user);
  const user = userName === '' ? {} : entry(config, 'users', 'user', userName, file);
  const server = textOf(cluster.server);
  if (!/^https?:\/\//.test(server))
    throw wrong(`${file}: "${server}" is no address of a server`, 'Write https://HOST:PORT.');
  const authority = content(cluster, 'certificate-authority', folder, file);
  const insecure = cluster['insecure-skip-tls-verify'] === true;
  if (insecure && authority !== null)
    throw wrong(
      `${file}: certificate-authority and insecure-skip-tls-verify exclude each other`,
      'Take one of them out.',
    );
  const username = textOf(user.username);
  return {
    context,
    server: server.replace(/\/+$/, ''),
    authority,
    insecure,
    serverName: textOf(cluster['tls-server-name']) || undefined,
    proxy: textOf(cluster['proxy-url']) || undefined,
    certificate: content(user, 'client-certificate', folder, file),
    key: content(user, 'client-key', folder, file),
    token: tokenOf(user, folder),
    basic: username === '' ? null : { username, password: textOf(user.password) },
    exec: execOf(user, folder, file),
    impersonate: impersonation(user),
  };
}
