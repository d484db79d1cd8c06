// verb-worker.ts - command lines run one after another in this thread, as main.ts would run each in a process of its own.
import { parentPort } from 'node:worker_threads';
import { runCommandLine, type Verb } from '../../../src/cli/program.js';

const verb = (name: string, load: Verb['load']): Verb => ({ verb: name, group: 'Other:', about: '', load });
const VERBS: readonly Verb[] = [
  verb('validate', () => import('../../../src/cli/verbs/validate.js')),
  verb('trace', () => import('../../../src/cli/verbs/trace.js')),
  verb('matrix', () => import('../../../src/cli/verbs/matrix.js')),
  verb('rules', () => import('../../../src/cli/verbs/rules.js')),
  verb('compare', () => import('../../../src/cli/verbs/compare.js')),
  verb('maglev', () => import('../../../src/cli/verbs/maglev.js')),
];

let said = '';
process.stderr.write = ((text: string) => {
  said += text;
  return true;
}) as typeof process.stderr.write;
process.stdout.write = (() => true) as typeof process.stdout.write;

parentPort?.on('message', async (words: readonly string[]) => {
  said = '';
  process.exitCode = undefined;
  const code = await runCommandLine(words, VERBS);
  process.stdout.removeAllListeners('error');
  process.stderr.removeAllListeners('error');
  parentPort?.postMessage({ code, stderr: said });
});
