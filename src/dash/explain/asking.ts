// asking.ts - a question about the rules of a real node: its dumps are read and walked in the browser, and sent nowhere.
import { type DumpText, readDumps } from '../../dump/read/dump.js';
import type { NodeDump } from '../../dump/rules/node.js';
import { type Answer, explainer } from '../../dump/walk/answer.js';
import { localAddresses } from '../../dump/walk/fields.js';
import { questionOf } from '../../dump/walk/question.js';
import { hereOf } from '../../dump/walk/walk.js';
import { parseAddress } from '../../model/address.js';
import { Fault } from '../../model/fault.js';
import type { Query } from '../url.js';

/** A result, or what is wrong with what was given. */
type Told<T> = { readonly value: T } | { readonly problem: string };

function told<T>(make: () => T): Told<T> {
  try {
    return { value: make() };
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    // Flags are fields here.
    const text = error.remedy ? `${error.message}\n${error.remedy}` : error.message;
    return { problem: text.replace(/--(from|to)\b/g, (_, end: string) => (end === 'from' ? 'From' : 'To')) };
  }
}

export const readTexts = (texts: readonly DumpText[]): Told<NodeDump> => told(() => readDumps(texts));

/** Addresses of the node: what its dumps have, and what was typed, with blanks or commas between. */
function ownAddresses(node: NodeDump, typed: string): ReadonlySet<string> | null {
  const words = typed.split(/[\s,]+/).filter(Boolean);
  const bad = words.find((word) => !parseAddress(word));
  if (bad !== undefined) throw new Fault('USAGE', `"${bad}" is no IP address`);
  if (node.addresses === null && words.length === 0) return null;
  return localAddresses([...(node.addresses ?? []).map(({ address }) => address), ...words]);
}

/** What the rules do with the packet of the address bar; null while nobody has said which. */
export function answerOf(node: NodeDump, query: Query): Told<Answer> | null {
  const { from = '', to = '', proto: protocol = 'tcp', ct, local = '', tried = '' } = query;
  if (from === '' || to === '') return null;
  return told(() => {
    const explain = explainer(hereOf(node, ownAddresses(node, local)), { tried: tried !== '' });
    const state = ct === 'established' ? 'established' : 'new';
    const question = questionOf({ from, to, protocol, inInterface: null, state });
    return explain({ from, to, protocol, question });
  });
}
