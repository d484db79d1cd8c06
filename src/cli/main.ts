#!/usr/bin/env -S node --max-semi-space-size=64
// main.ts - the program `kubewire`: its words go to the verb that they name.
//
// The young generation is large (above), because what a sync makes outlives a small one: plan and tables of thousands of
// Services were copied from one half to the other again and again, which took a third of the sync's time.

try {
  const [{ runCommandLine }, { VERBS }] = await Promise.all([import('./program.js'), import('./verbs.js')]);
  process.exitCode = await runCommandLine(process.argv.slice(2), VERBS);
} catch (error) {
  // Here only what keeps the program from starting is told.
  process.stderr.write(`error: kubewire cannot be loaded: ${(error as Error).message}\n`);
  process.exitCode = 1;
}

export {};
