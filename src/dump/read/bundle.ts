// bundle.ts - the file that collect.sh makes (a tar of plain texts, with gzip) → the texts in it.
import { gunzipSync } from 'node:zlib';
import { parseTar } from 'nanotar';
import { Fault } from '../../model/fault.js';
import type { DumpText } from './dump.js';

/** Bytes of all texts of a node. The dump of 5,000 Services has 20 MB. */
const MOST_BYTES = 512 << 20;

/** Names in a bundle that hold rules and connections; the others say whose they are, and are for people. */
const DUMPS = /^(ip6?tables.*-save|nft|ipvsadm|ipset|addr|link|route6?|rule6?|conntrack6?|sysctl)\.(txt|json)$/;

export const isBundle = (bytes: Uint8Array): boolean => bytes[0] === 0x1f && bytes[1] === 0x8b;

/** Every text of a bundle, by its name in there. Throws Fault USAGE for what is no bundle. */
export function filesOf(bytes: Uint8Array, file: string): ReadonlyMap<string, string> {
  try {
    // A copy of its own: parseTar reads from the beginning of the memory, where a Buffer need not begin.
    const entries = parseTar(new Uint8Array(gunzipSync(bytes, { maxOutputLength: MOST_BYTES })));
    return new Map(
      entries.flatMap(({ name, data, type }) =>
        type === 'file' && data ? [[name.replace(/^\.\//, ''), Buffer.from(data).toString('utf8')]] : [],
      ),
    );
  } catch (error) {
    throw new Fault('USAGE', `${file} is no whole .tgz: ${(error as Error).message}`, 'Was it cut off on its way?');
  }
}

/**
 * The dumps among them, each with its name after that of the bundle. Throws Fault USAGE if there is none.
 * @param file name of the bundle, for messages
 */
export function dumpsAmong(files: ReadonlyMap<string, string>, file: string): DumpText[] {
  const texts = [...files]
    .filter(([name]) => DUMPS.test(name))
    .map(([name, text]): DumpText => ({ file: `${file}:${name}`, text }));
  if (texts.length > 0) return texts;
  throw new Fault('USAGE', `${file} holds no dump of a node`, 'Make one with: kubewire collect');
}

/** The dumps in a bundle. */
export const textsOf = (bytes: Uint8Array, file: string): DumpText[] => dumpsAmong(filesOf(bytes, file), file);
