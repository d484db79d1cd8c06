// compiled.ts - loads a package compiled for one version of Node, or explains in one sentence why it cannot.
import { createRequire } from 'node:module';
import { Fault } from '../../../model/fault.js';

/** Module version of a compiled package → its Node version (nodejs.org, table "Previous Releases"). */
const NODE_OF: Readonly<Record<string, string>> = {
  108: 'Node 18',
  115: 'Node 20',
  127: 'Node 22',
  131: 'Node 23',
  137: 'Node 24',
  141: 'Node 25',
  147: 'Node 26',
};

/** Node's message for a package compiled for another Node version: `using\nNODE_MODULE_VERSION 115.` */
const OTHER_NODE = /was compiled against a different Node\.js version using\s+NODE_MODULE_VERSION (\d+)/;

/** Why a package could not be loaded, and how to fix it. `message` is the error's, `node` the running version. */
export function loadFault(name: string, message: string, node: string): Fault {
  const [, modules] = OTHER_NODE.exec(message) ?? [];
  if (modules !== undefined) {
    const built = NODE_OF[modules] ?? 'another Node';
    return new Fault(
      'TOOL_MISSING',
      `${name} was built for ${built}, this is Node ${node.split('.')[0]}: run npm rebuild`,
    );
  }
  if (/Cannot find module|Could not locate the bindings/.test(message)) {
    const needs = name === 'cap' ? ' (its build needs the libpcap headers: apt-get install libpcap-dev)' : '';
    return new Fault(
      'TOOL_MISSING',
      `${name} is not installed, or could not be built${needs}: run npm install ${name} where kubewire is`,
    );
  }
  return new Fault('TOOL_MISSING', `${name} cannot be loaded: ${message.split('\n')[0]}`);
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** Exit code of this folder's programs if a package cannot be loaded. The explanation is on stderr. */
export const NOT_LOADED = 3;

/** Loads the package for a program of this folder. On failure, prints the reason and exits with NOT_LOADED. */
export function loadOrExit<Module>(name: string): Module {
  try {
    return createRequire(import.meta.url)(name) as Module;
  } catch (error) {
    process.stderr.write(`${loadFault(name, messageOf(error), process.versions.node).message}\n`);
    process.exit(NOT_LOADED);
  }
}
