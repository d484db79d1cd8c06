// start.mjs - brings a fresh clone to a runnable state: system packages, node_modules, dist/, the native addon.
//
// Plain JavaScript, because it runs before anything is installed. Each step looks first and does nothing when there is
// nothing to do, so that a second start costs a few file dates. `--for-tests` also installs the real clients and
// compilers that the tests use; what cannot be installed is named, and the tests that need it skip visibly.
import { addon, page, typeScript } from './build.mjs';
import { nodeModules } from './modules.mjs';
import { stop } from './say.mjs';
import { systemPackages } from './system.mjs';

const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
if (major < 20 || (major === 20 && minor < 19))
  stop(`Node ${process.versions.node} is too old`, 'install Node 20.19 or newer');
systemPackages(process.argv.includes('--for-tests'));
nodeModules();
typeScript();
await page();
addon();
