// story.ts - an audit as text: every finding with its rule, whom it concerns and what to do.
import type { Audit } from './audit.js';
import type { Finding } from './finding.js';

/** `✗ what is wrong`, then the rule, who is affected and the remedy. */
export function findingLines({ severity, message, affects, rule, file, line, remedy }: Finding): string[] {
  return [
    `${severity === 'error' ? '✗' : '!'} ${message}`,
    ...(file === null ? [] : [`    rule:    ${rule === '' ? '' : `${rule}  `}${file}:${line}`]),
    `    affects: ${affects}`,
    `    remedy:  ${remedy}`,
  ];
}

export function tellAudit({ modes, frontends, findings }: Audit): string {
  const mode = modes.length === 0 ? 'no rules of kube-proxy' : `rules of kube-proxy: ${modes.join(', ')}`;
  const asked = frontends === 0 ? '' : `, ${frontends} questions about Services`;
  const errors = findings.filter(({ severity }) => severity === 'error').length;
  const sum = findings.length === 0 ? 'nothing is wrong' : `${errors} errors, ${findings.length - errors} warnings`;
  return `${[...findings.flatMap((one) => [...findingLines(one), '']), `${mode}${asked}: ${sum}`].join('\n')}\n`;
}
