// gyp.mjs - compiles native/ into build/Release/kubewire.node.
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { nodeDirectory } from './headers.mjs';
import { lastLines, root, run } from './say.mjs';

/** The node-gyp of a clone, else the one that npm brings along. */
function nodeGyp() {
  const own = join(root, 'node_modules/node-gyp/bin/node-gyp.js');
  if (existsSync(own)) return own;
  const { npm_execpath: npm, npm_config_node_gyp: told } = process.env;
  return told ?? join(dirname(npm ?? ''), '../node_modules/node-gyp/bin/node-gyp.js');
}

/** Rebuilds the addon, for another processor when told so. `env` may name another compiler. */
export function gyp(args = [], env = {}) {
  const directory = nodeDirectory();
  const headers = directory ? [`--nodedir=${directory}`] : [];
  return run(process.execPath, [nodeGyp(), 'rebuild', '--jobs', '2', ...headers, ...args], env);
}

/** What the compiler complained about, each with the lines that follow; when it said nothing, the end of the output. */
export function compilerErrors(output) {
  const lines = output.split('\n');
  const at = lines.findIndex((line) => /\b(fatal )?error:|command not found|No such file or directory/.test(line));
  return at < 0 ? lastLines(output) : lines.slice(at, at + 12).join('\n');
}
