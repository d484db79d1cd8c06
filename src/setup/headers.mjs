// headers.mjs - the C headers that came with this Node, if they did.
import { existsSync, readFileSync, realpathSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** Where they lie, seen from the folder above that of the program: a Node from nodejs.org, and one from npm's `node`. */
const PLACES = ['.', `node_modules/node-${process.platform}-${process.arch}`];

/** True when `include/node` below the folder is of this very version. */
function isOfThisNode(folder) {
  const file = join(folder, 'include/node/node_version.h');
  if (!existsSync(file)) return false;
  const text = readFileSync(file, 'utf8');
  const number = (name) => new RegExp(`#define NODE_${name}_VERSION (\\d+)`).exec(text)?.[1];
  return ['MAJOR', 'MINOR', 'PATCH'].map(number).join('.') === process.versions.node;
}

/**
 * What node-gyp calls nodedir; undefined = as npm is configured, or to be downloaded. A nodedir that npm is configured with
 * counts when it is of this Node: with the headers of another one everything compiles, and nothing loads.
 */
export function nodeDirectory() {
  const above = join(dirname(realpathSync(process.execPath)), '..');
  const places = [process.env.npm_config_nodedir, ...PLACES.map((place) => join(above, place))];
  return places.find((place) => place && isOfThisNode(place));
}
