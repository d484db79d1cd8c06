// lab.ts - a cluster behind a real socket, without a dataplane, and the command line run against it.
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import { type ApiServer, createApiServer } from '../../src/api/server.js';
import { socketPlace } from '../../src/cli/lab/socket.js';
import { type Cluster, createCluster } from '../../src/cluster/cluster.js';
import type { KubeObject } from '../../src/model/objects.js';

const here = dirname(fileURLToPath(import.meta.url));
const MAIN = here.includes('/dist/') ? join(here, '../../src/cli/main.js') : join(here, '../../src/cli/main.ts');
const LOADER = MAIN.endsWith('.ts') ? ['--import', 'tsx'] : [];

/** Program and first words of `kubewire`. */
export const COMMAND = [process.execPath, ...LOADER, MAIN] as const;

interface Outcome {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** What a shell has: a directory for files and sockets, and the command. */
export class Shell {
  readonly directory: string;
  readonly env: NodeJS.ProcessEnv;
  /** What the command that was begun last has written to its standard output so far. */
  heard = '';
  #running: ChildProcess | undefined;

  constructor(t: TestContext) {
    this.directory = mkdtempSync(join(tmpdir(), 'kubewire-test-'));
    this.env = { ...process.env, XDG_RUNTIME_DIR: this.directory, NO_COLOR: '1', TZ: 'UTC' };
    t.after(() => rmSync(this.directory, { recursive: true, force: true }));
  }

  file(name: string, text: string): string {
    const path = join(this.directory, name);
    writeFileSync(path, text);
    return path;
  }

  /** `kubewire WORDS…`, with `input` on its standard input. */
  run(words: readonly string[], input = ''): Promise<Outcome> {
    const child = spawn(process.execPath, [...LOADER, MAIN, ...words], { env: this.env, cwd: this.directory });
    this.#running = child;
    let stdout = '';
    let stderr = '';
    this.heard = '';
    child.stdout.setEncoding('utf8').on('data', (part: string) => {
      stdout += part;
      this.heard = stdout;
    });
    child.stderr.setEncoding('utf8').on('data', (part: string) => {
      stderr += part;
    });
    child.stdin.end(input);
    return new Promise((resolve) => child.on('close', (code) => resolve({ code, stdout, stderr })));
  }

  /** `kubewire WORDS… | READER`; the exit code is that of kubewire. */
  runInto(words: readonly string[], reader: string): Promise<Outcome> {
    const script = `"$@" | ${reader}; exit \${PIPESTATUS[0]}`;
    const child = spawn('bash', ['-c', script, 'bash', process.execPath, ...LOADER, MAIN, ...words], { env: this.env });
    let stderr = '';
    child.stdout.resume();
    child.stderr.setEncoding('utf8').on('data', (part: string) => {
      stderr += part;
    });
    return new Promise((resolve) => child.on('close', (code) => resolve({ code, stdout: '', stderr })));
  }

  /** Ctrl-C for what runs. */
  stop(): void {
    this.#running?.kill('SIGINT');
  }
}

const node = (name: string, number: number): KubeObject => ({
  apiVersion: 'v1',
  kind: 'Node',
  metadata: { name, labels: { 'kubernetes.io/hostname': name } },
  spec: { podCIDRs: [`10.244.${number}.0/24`] },
  status: {
    addresses: [{ type: 'InternalIP', address: `192.168.0.${10 + number}` }],
    conditions: [{ type: 'Ready', status: 'True' }],
  },
});

/** A lab of two nodes whose pods run at once. */
export async function startLab(t: TestContext): Promise<{ shell: Shell; cluster: Cluster; server: ApiServer }> {
  const shell = new Shell(t);
  const cluster = createCluster({ fakeKubelet: true });
  cluster.apply([node('node-1', 1), node('node-2', 2)]);
  const server = await createApiServer(cluster, { socketPath: socketPlace('default', shell.env).path });
  t.after(async () => {
    await server.close();
    cluster.close();
  });
  return { shell, cluster, server };
}

/** Ages of objects that were made a moment ago. */
export const maskAges = (text: string): string =>
  text.replace(/\b\d+s( *)$/gm, 'AGE').replace(/\b\d+s {3,}/g, 'AGE   ');
