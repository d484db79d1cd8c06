// story.ts - an answer as text: the way of the packet hook by hook, and where it may end.
import { formatEndpoint } from '../../model/address.js';
import type { Written } from '../objects/known.js';
import type { Answer, AnswerStep, Branch } from './answer.js';

const percent = (share: number): string => `${Number((share * 100).toFixed(share < 0.01 ? 2 : 1))} %`;

const VERDICTS: Readonly<Record<Branch['verdict'], string>> = {
  dnat: 'goes to',
  accept: 'passes, to',
  drop: 'is dropped',
  reject: 'is rejected',
  depends: 'is not decided by these dumps',
};

const placeOf = (written: Written | null | undefined): string => (written ? `, ${written.file}:${written.line}` : '');

/** `33.3 %  goes to 10.244.1.3:8080 (pod/shop/web-1, shop.yaml:12), masqueraded`. */
export function branchLine({ probability, verdict, address, port, masquerade, depends, endpoint }: Branch): string {
  const who = endpoint ? ` (${endpoint.name}${placeOf(endpoint.written)})` : '';
  const where = address === null ? '' : ` ${port === null ? address : formatEndpoint(address, port)}${who}`;
  const source = masquerade ? ', masqueraded' : '';
  const conditions = depends.length > 0 ? `\n        if ${depends.join('\n        and ')}` : '';
  return `${percent(probability).padStart(7)}  ${VERDICTS[verdict]}${where}${source}${conditions}`;
}

/** A rule with its place and what it did. */
export function stepLines({ table, chain, rule, file, line, effect, matched }: AnswerStep): string[] {
  if (table === '') return [`    ${effect}`];
  const place = file === null ? '' : `  ${file}:${line}`;
  const done = effect === '' ? '' : ` → ${effect}`;
  return [`    ${matched ? '' : '– '}${table} ${chain}${done}${place}`, ...(rule === '' ? [] : [`        ${rule}`])];
}

/** The steps of one hook after the other, each hook under its name. */
export function stages(answer: Answer): { readonly hook: string; readonly steps: readonly AnswerStep[] }[] {
  const found: { hook: string; steps: AnswerStep[] }[] = [];
  for (const step of answer.steps) {
    const last = found.at(-1);
    if (last?.hook === step.hook) last.steps.push(step);
    else found.push({ hook: step.hook, steps: [step] });
  }
  return found;
}

export const titleOf = ({ from, to, protocol, service, written }: Answer): string =>
  `${protocol} ${from} → ${to}${service === null ? '' : ` (${service}${placeOf(written)})`}`;

export function verdictLine({ verdict, branches }: Answer): string {
  const [only] = branches;
  if (branches.length === 1 && only)
    return `The packet ${branchLine(only)
      .trim()
      .replace(/^100 %\s+/, '')}.`;
  return verdict === 'depends'
    ? 'What becomes of it depends on:'
    : `The packet ${VERDICTS[verdict]} one of ${branches.length}:`;
}

export function tellAnswer(answer: Answer): string {
  const lines = [titleOf(answer), ''];
  for (const { hook, steps } of stages(answer)) lines.push(`  ${hook}`, ...steps.flatMap(stepLines));
  lines.push('', verdictLine(answer));
  if (answer.branches.length > 1) lines.push(...answer.branches.map(branchLine));
  lines.push(...answer.notes.map((note) => `note: ${note}`));
  return `${lines.join('\n')}\n`;
}
