// filter.ts - an expression in libpcap's language → a function, by the compiler that tcpdump brings.
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { Fault } from '../../model/fault.js';
import { type Filter, filterOf } from '../../wire/filter.js';

/** Throws Fault USAGE with libpcap's words if the expression is wrong, TOOL_MISSING without tcpdump. */
export async function compileFilter(expression: string): Promise<Filter> {
  if (expression.trim() === '') return () => true;
  try {
    // An expression is one argument: tcpdump never takes it for an option after "--".
    const { stdout } = await promisify(execFile)('tcpdump', ['-ddd', '-y', 'EN10MB', '--', expression]);
    return filterOf(stdout);
  } catch (error) {
    if (error instanceof Fault) throw error;
    const { code, stderr = '' } = error as NodeJS.ErrnoException & { stderr?: string };
    if (code === 'ENOENT') {
      throw new Fault(
        'TOOL_MISSING',
        'filters are compiled by tcpdump, which is not installed',
        'apt-get install tcpdump',
      );
    }
    const told = stderr.split('\n').flatMap((line) => /^tcpdump: (?!data link type)(.*)/.exec(line)?.[1] ?? []);
    const message = `the filter "${expression}": ${told.join('; ') || String(code)}`;
    throw new Fault('USAGE', message, 'Its language is that of tcpdump: see man pcap-filter.');
  }
}
