// breaks.test.ts - U+0085, U+2028 and U+2029 end a line, as they do for kubectl (values: `kubectl label --local` 1.35).
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { readDocuments } from '../../src/manifest/document.js';

const [NEL, LS, PS] = ['\u0085', '\u2028', '\u2029'];

function read(text: string): unknown {
  const { documents, issues } = readDocuments('a.yaml', text);
  assert.deepEqual(issues, [], JSON.stringify(text));
  assert.equal(documents.length, 1, JSON.stringify(text));
  return documents[0]?.value;
}

test('a line ends at U+0085, U+2028 and U+2029: nothing hides in a comment, and no blank opens a block', () => {
  for (const end of [NEL, LS, PS]) {
    assert.deepEqual(read(`a: #x${end}  b: 1${end}  c: 2\n`), { a: { b: 1, c: 2 } });
    assert.deepEqual(read(`# x${end}a: 1\n`), { a: 1 });
    assert.deepEqual(read(`a:${end}- 1${end}- {b: 2}${end}`), { a: [1, { b: 2 }] });
  }
});

test('within scalars U+0085 is a line feed, and the others stay', () => {
  for (const [text, next, separator] of [
    [`a$   b`, 'a b', `a${LS}b`],
    [`"a $  b"`, 'a b', `a${LS}b`],
    [`'a $$  b'`, 'a\nb', `a${LS}${LS}b`],
    [`a\n$   b`, 'a\nb', `a${LS}b`],
    [`"a\\$   b"`, 'ab', 'ab'],
    [`"$a\\tb"`, ' a\tb', `${LS}a\tb`],
    [`|\n    a$    b`, 'a\nb\n', `a${LS}b\n`],
    [`|-$    a$$    b`, 'a\n\nb', `a${LS}${LS}b`],
    [`>\n    a$    b`, 'a b\n', `a${LS}b\n`],
    [`>-\n    $$    a`, '\n\na', `${LS}${LS}a`],
    [`>\n    a$`, 'a\n', `a${LS}`],
    [`|+\n    a$$`, 'a\n\n\n', `a${LS}${LS}\n`],
  ] as const) {
    // Where a block keeps what follows it, the text's own last line feed counts.
    const end = text.startsWith('>') && text.endsWith('$') ? '' : '\n';
    assert.deepEqual(read(`k: ${text.replaceAll('$', NEL)}${end}`), { k: next }, `U+0085 in ${JSON.stringify(text)}`);
    assert.deepEqual(
      read(`k: ${text.replaceAll('$', LS)}${end}`),
      { k: separator },
      `U+2028 in ${JSON.stringify(text)}`,
    );
  }
  assert.deepEqual(read(`k: "\\${LS}   ${LS}  \n  "\n`), { k: `${LS}\n` });
});

test('whatever their line ends are, texts have the structure that line feeds give them', () => {
  const line = fc.constantFrom('a: b', '  c: d', '- e', '  - f: 1', '# g', '', 'h:', '    i', 'j: "k"', 'm: {n: o}');
  const end = fc.constantFrom('\n', '\n', NEL, LS, PS);
  const shape = (text: string): string => {
    const { documents, issues } = readDocuments('a.yaml', text);
    return JSON.stringify(issues.length > 0 ? 'wrong' : documents.map(({ value }) => value)).replace(
      / |\u2028|\u2029/g,
      '',
    );
  };
  fc.assert(
    fc.property(fc.array(fc.tuple(line, end), { maxLength: 8 }), (lines) => {
      const text = lines.flat().join('');
      assert.equal(
        shape(text).replaceAll('\\n', ''),
        shape(text.replace(/[\u0085\u2028\u2029]/g, '\n')).replaceAll('\\n', ''),
        JSON.stringify(text),
      );
    }),
    { numRuns: 2000 },
  );
});

test('places count line feeds, as editors do, and JSON keeps its texts as they are', () => {
  const [document] = readDocuments('a.yaml', `a: 1${LS}b: 2\nc: 3\n`).documents;
  assert.deepEqual(document?.place('b'), { file: 'a.yaml', line: 1, column: 9 });
  assert.deepEqual(document?.place('c'), { file: 'a.yaml', line: 2, column: 4 });
  assert.deepEqual(read(`{"a": "b${LS}c"}`), { a: `b${LS}c` });
});

test('a document that begins after such a line end is told, because kubectl does not see it', () => {
  const { issues } = readDocuments('a.yaml', `a: 1\n${LS}---${LS}b: 2\n`);
  assert.match(issues[0]?.message ?? '', /kubectl does not see it/);
});
