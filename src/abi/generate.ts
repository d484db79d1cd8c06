// generate.ts - layout.ts and its tables → native/abi/abi.gen.h and src/abi/abi.gen.ts. Run by `npm run abi`.
import { writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { cHeader } from './cheader.js';
import { tsModule } from './tsmodule.js';

function main(): void {
  const here = dirname(fileURLToPath(import.meta.url));
  const root = here.includes('/dist/') ? join(here, '../../..') : join(here, '../..');
  writeFileSync(join(root, 'native/abi/abi.gen.h'), cHeader());
  writeFileSync(join(root, 'src/abi/abi.gen.ts'), tsModule());
}

if (process.argv[1] === fileURLToPath(import.meta.url)) main();
