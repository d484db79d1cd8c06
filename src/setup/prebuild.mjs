// prebuild.mjs - prebuilds/linux-ARCH/kubewire.node, one for every Node (Node-API), for this processor and for those whose
// cross compiler is here. It runs with the C and C++ library of the machine that built it, and with newer ones: built on
// Debian 12 that is glibc 2.34 and the libstdc++ of g++ 12 (Ubuntu 22.04). Elsewhere install.mjs compiles.
import { copyFileSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { compilerErrors, gyp } from './gyp.mjs';
import { onPath, root, say, stop } from './say.mjs';

/** Processor as Node calls it → prefix of its cross compiler (Debian: g++-aarch64-linux-gnu, g++-x86-64-linux-gnu). */
const CROSS = { arm64: 'aarch64-linux-gnu-', x64: 'x86_64-linux-gnu-' };
/** Without symbols: half the size. */
const LDFLAGS = '-Wl,-s';

function prebuild(arch, env) {
  say(`compiling the dataplane for linux-${arch}`);
  const { ok, output } = gyp([`--arch=${arch}`], { LDFLAGS, ...env });
  if (!ok) stop(`the dataplane for linux-${arch} was not built:\n${compilerErrors(output)}`);
  const folder = join(root, `prebuilds/linux-${arch}`);
  mkdirSync(folder, { recursive: true });
  copyFileSync(join(root, 'build/Release/kubewire.node'), join(folder, 'kubewire.node'));
}

if (process.platform !== 'linux') stop('the dataplane is built on Linux');
for (const [arch, prefix] of Object.entries(CROSS)) {
  if (arch === process.arch) continue;
  if (onPath(`${prefix}g++`)) prebuild(arch, { CC: `${prefix}gcc`, CXX: `${prefix}g++`, AR: `${prefix}ar` });
  else say(`no prebuilt dataplane for linux-${arch}: ${prefix}g++ is not here`);
}
// Its own comes last, because build/Release stays.
prebuild(process.arch, {});
