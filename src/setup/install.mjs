// install.mjs - what npm runs when it installs the package: where no prebuilt dataplane fits, it is compiled.
//
// It never fails: `validate`, `trace -f` and their like need no dataplane. Why it could not be compiled is kept, and said by
// the first command that needs it (src/engine/addon.ts), because npm hides what an install script writes.
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { compilerErrors, gyp } from './gyp.mjs';
import { root, say } from './say.mjs';

const fits = () => {
  try {
    createRequire(import.meta.url)('node-gyp-build')(root);
    return true;
  } catch {
    return false;
  }
};

/** A clone has its tests, and start.mjs, which builds it. */
const isClone = existsSync(join(root, 'test'));

if (process.platform === 'linux' && !isClone && !fits()) {
  say(`no prebuilt dataplane runs on this ${process.platform}-${process.arch}: compiling it`);
  const { ok, output } = gyp();
  if (!ok) {
    const why = compilerErrors(output);
    const log = join(root, 'build/failed.log');
    mkdirSync(dirname(log), { recursive: true });
    writeFileSync(log, `${why}\n`);
    say(why);
  }
}
