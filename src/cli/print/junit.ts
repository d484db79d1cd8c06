// junit.ts - results as JUnit's XML, which pipelines read.

/** Something that was tried. */
interface Case {
  readonly name: string;
  readonly seconds?: number;
  /** Why it failed, the gist in the first line; undefined for what did not. */
  readonly failure?: string | undefined;
  /** Why it was not tried; undefined for what was. */
  readonly skipped?: string | undefined;
}

const XML: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };
// biome-ignore lint/suspicious/noControlCharactersInRegex: XML 1.0 cannot hold these
const UNFIT = /[\u0000-\u0008\u000b\u000c\u000e-\u001f]/g;
const xml = (text: string): string =>
  text.replace(UNFIT, '\ufffd').replace(/[&<>"]/g, (letter) => XML[letter] ?? letter);

function caseXml(suite: string, { name, seconds, failure, skipped }: Case): string {
  const time = seconds === undefined ? '' : ` time="${seconds.toFixed(3)}"`;
  const [gist = ''] = (failure ?? '').split('\n');
  const failed = failure === undefined ? '' : `\n    <failure message="${xml(gist)}">${xml(failure)}</failure>\n  `;
  const left = skipped === undefined ? '' : `\n    <skipped message="${xml(skipped)}"/>\n  `;
  return `  <testcase classname="${suite}" name="${xml(name)}"${time}>${failed}${left}</testcase>`;
}

/** @param suite the command that tried it */
export function junit(suite: string, cases: readonly Case[]): string {
  const failures = cases.filter(({ failure }) => failure !== undefined).length;
  const skipped = cases.filter(({ skipped }) => skipped !== undefined).length;
  const counts = `tests="${cases.length}" failures="${failures}"${skipped === 0 ? '' : ` skipped="${skipped}"`}`;
  const lines = cases.map((one) => caseXml(suite, one));
  return `<?xml version="1.0" encoding="UTF-8"?>\n<testsuite name="${suite}" ${counts}>\n${lines.join('\n')}\n</testsuite>\n`;
}
