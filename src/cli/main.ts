#!/usr/bin/env -S node --max-semi-space-size=64
// main.ts - the program `kubewire`: its words go to the verb that they name.
//
// The young generation is large (above), because what a sync makes outlives a small one: plan and tables of thousands of
// Services were copied from one half to the other again and again, which took a third of the sync's time.

try {
  const [{ reporter, runCommandLine }, { VERBS }] = await Promise.all([import('./program.js'), import('./verbs.js')]);
  const words = process.argv.slice(2);
  // What fails where nobody waits for it ends the program as what somebody waits for does.
  process.on('uncaughtException', (error) => process.exit(reporter(words, VERBS)(error)));
  process.exitCode = await runCommandLine(words, VERBS);
} catch (error) {
  // Here only what keeps the program from starting is told.
  const { message, code } = error as NodeJS.ErrnoException;
  const remedy = code === 'EMFILE' ? 'Raise the limit of file descriptors: ulimit -n 65536\n' : '';
  process.stderr.write(`error: kubewire cannot be loaded: ${message}\n${remedy}`);
  process.exitCode = 1;
}

export {};
