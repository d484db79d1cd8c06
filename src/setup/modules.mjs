// modules.mjs - node_modules as package-lock.json says, with the addons of others built for this Node.
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { nodeDirectory } from './headers.mjs';
import { lastLines, root, run, say, stop } from './say.mjs';

/** Packages that are compiled for one version of Node. Only ICMP rows and captures need them: without them all else works. */
const COMPILED = ['raw-socket', 'cap'];

const STAMP = 'node_modules/.kubewire-stamp';

/** What npm says when the registry could not be reached, and never else. */
const NETWORK =
  /\b(ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|EHOSTUNREACH|ERR_SOCKET_TIMEOUT)\b/;

/** Why npm failed, in one line. */
export function whyNpmFailed(output) {
  return NETWORK.test(output)
    ? 'the npm registry could not be reached: see to the network, or to "npm config get registry" and its proxy'
    : 'the network was not the reason: the lines above say what was';
}

/** npm, with the headers of this Node where they came with it: node-gyp need not fetch them then. */
function npm(...args) {
  const directory = nodeDirectory();
  return run('npm', [...args, '--loglevel=error'], directory ? { npm_config_nodedir: directory } : {});
}

/** Loads a package in a process of its own. Returns undefined when it works, else the reason. */
function whyNotLoaded(name) {
  if (!existsSync(join(root, 'node_modules', name))) return 'it could not be built';
  const { ok, output } = run(process.execPath, ['-e', `require(${JSON.stringify(name)})`]);
  if (ok) return undefined;
  if (/compiled against a different Node/.test(output)) {
    return 'it was built with the headers of another Node (is "npm config get nodedir" of this one?)';
  }
  return /Error: (.*)/.exec(output)?.[1] ?? lastLines(output, 1);
}

/** Says which of the compiled packages do not work, and never stops: nothing but a few rows of `check` is lost. */
function sayWhatIsMissing() {
  for (const name of COMPILED) {
    const why = whyNotLoaded(name);
    if (!why) continue;
    say(`going on without ${name}: ${why}`);
    // npm is silent about an optional package whose build failed; its own build is not.
    if (!existsSync(join(root, 'node_modules', name)))
      say(`  to see why: npm install --no-save --foreground-scripts ${name}`);
  }
}

const readStamp = () =>
  existsSync(join(root, STAMP)) ? readFileSync(join(root, STAMP), 'utf8').trim().split(' ') : [];

/** Installs when the lock file has changed; when Node alone has, rebuilds what was compiled for the old one. */
export function nodeModules() {
  const lock = createHash('sha256')
    .update(readFileSync(join(root, 'package-lock.json')))
    .digest('hex');
  const abi = process.versions.modules;
  const [oldLock, oldAbi] = readStamp();
  if (oldLock === lock && oldAbi === abi) return;
  if (oldLock === lock) {
    say(`Node has changed: rebuilding ${COMPILED.join(' and ')} for Node ${process.versions.node}`);
    const { ok, output } = npm('rebuild', ...COMPILED);
    if (!ok) say(lastLines(output));
  } else {
    say('installing node modules (npm ci)');
    const { ok, output } = npm('ci', '--no-audit', '--no-fund');
    if (!ok) {
      say(lastLines(output));
      stop('npm ci failed', whyNpmFailed(output));
    }
  }
  sayWhatIsMissing();
  writeFileSync(join(root, STAMP), `${lock} ${abi}\n`);
}
