// sysctl.ts - `sysctl -a` → the settings of the kernel's network.
import { linesOf } from './lines.js';

export function readSysctls(text: string, file: string, first?: number): Map<string, string> {
  const found = new Map<string, string>();
  for (const { text: line } of linesOf(text, file, first)) {
    const [, name, value] = /^\s*([\w./-]+)\s*=\s*(.*)$/.exec(line) ?? [];
    if (name !== undefined) found.set(name.replace(/^\/?proc\/sys\//, '').replaceAll('/', '.'), value ?? '');
  }
  return found;
}
