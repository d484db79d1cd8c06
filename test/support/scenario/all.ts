// all.ts - every scenario of test/scenario.
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readScenarios } from './document.js';

const here = dirname(fileURLToPath(import.meta.url));
const root = here.includes('/dist/') ? join(here, '../../../..') : join(here, '../../..');
const folder = join(root, 'test/scenario');

export const SCENARIOS = readdirSync(folder)
  .filter((name) => name.endsWith('.md'))
  .sort()
  .flatMap((name) => {
    const path = join(folder, name);
    return readScenarios(relative(root, path), readFileSync(path, 'utf8'));
  });
