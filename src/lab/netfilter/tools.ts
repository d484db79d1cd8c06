// tools.ts - runs the programs that configure the kernel (ip, tc, nft, iptables-restore) inside namespaces.
import { accessSync, constants } from 'node:fs';
import type { Socket } from 'node:net';
import { delimiter, join } from 'node:path';
import { Fault } from '../../model/fault.js';
import type { Namespace } from '../host/host.js';
import { spawnInNamespace } from '../host/process.js';

/** Program → Debian's package. */
const PACKAGES = {
  ip: 'iproute2',
  bridge: 'iproute2',
  tc: 'iproute2',
  nft: 'nftables',
  'iptables-restore': 'iptables',
  'ip6tables-restore': 'iptables',
} as const;

export type Tool = keyof typeof PACKAGES;

/** Folders of administration programs, needed for users whose PATH omits them. */
const ADMIN_FOLDERS = ['/usr/sbin', '/sbin', '/usr/local/sbin'];

function find(tool: Tool): string | null {
  const folders = [...(process.env.PATH ?? '').split(delimiter), ...ADMIN_FOLDERS].filter((folder) => folder !== '');
  for (const folder of folders) {
    const path = join(folder, tool);
    try {
      accessSync(path, constants.X_OK);
      return path;
    } catch {
      // Not here.
    }
  }
  return null;
}

/** Throws Fault TOOL_MISSING, saying what to install, if one of them is missing on this machine. */
export function requireTools(tools: readonly Tool[]): void {
  const missing = tools.filter((tool) => find(tool) === null);
  if (missing.length === 0) return;
  const packages = [...new Set(missing.map((tool) => PACKAGES[tool]))];
  throw new Fault(
    'TOOL_MISSING',
    `a kernel dataplane needs ${missing.join(' and ')}`,
    `Install with "apt-get install ${packages.join(' ')}", or leave --dataplane out.`,
  );
}

async function readAll(stream: Socket | undefined): Promise<string> {
  let text = '';
  if (stream) for await (const chunk of stream) text += String(chunk);
  return text;
}

/** Lines of an error that a person can read in one message. */
const SHOWN_LINES = 4;

/** Runs a tool inside a namespace with this standard input. Throws an error with its output if it fails. */
export async function runTool(ns: Namespace, tool: Tool, words: readonly string[], input: string): Promise<void> {
  const child = spawnInNamespace(ns, [find(tool) ?? tool, ...words], { stdio: ['pipe', 'ignore', 'pipe'] });
  const said = readAll(child.stderr);
  // A tool that fails early does not read all of its input.
  child.stdin?.on('error', () => undefined);
  child.stdin?.end(input);
  const code = await child.wait();
  const text = (await said).trim().split('\n').slice(0, SHOWN_LINES).join('; ');
  if (code !== 0) throw new Error(`${tool} ${words.join(' ')} failed: ${text || `exit code ${code}`}`);
}

/** Runs `ip -batch` inside a namespace: all lines, or an error at the first one that fails. */
export const runIp = (ns: Namespace, lines: readonly string[]): Promise<void> =>
  lines.length === 0 ? Promise.resolve() : runTool(ns, 'ip', ['-batch', '-'], `${lines.join('\n')}\n`);
