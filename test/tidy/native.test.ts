// native.test.ts - what only C++ must be told.
import type { Source } from '../support/sources.js';
import { rule } from './rule.js';

/** Variables outside of functions and objects. At the left margin is what a namespace holds. */
function globals(files: readonly Source[]): string[] {
  const constant = /^\s*(static\s+|inline\s+)*(constexpr|const)\b/;
  const atNamespace = /^[A-Za-z_][\w:<>,*& ]*[ *&]\w+(\[\w*\])*( = .*|\{.*\})?;$/;
  const declares = /^(using|typedef|namespace|struct|class|enum|union|return|friend|template|goto|case)\b/;
  const asStatic = /^\s*(inline\s+)?(static|thread_local)\b[^(]*[;={]/;
  return files.flatMap(({ path, text }) =>
    text
      .split('\n')
      .filter((line) => (atNamespace.test(line) && !declares.test(line)) || asStatic.test(line))
      .filter((line) => !constant.test(line))
      .map((line) => `${path}: ${line.trim()}`),
  );
}

rule('nothing in native/ outlives its owner: no variable outside of functions and objects', {
  where: [['native'], /\.(h|cc)$/],
  finds: globals,
  planted: [
    {
      path: 'native/io/a.cc',
      text: 'std::map<int, int> sleepers;\nconstexpr int MOST = 3;\nstatic const int A = 1;\n',
    },
    { path: 'native/io/b.cc', text: 'void b() {\n  static int calls = 0;\n  int own = 0;\n}\n' },
  ],
  found: ['native/io/a.cc: std::map<int, int> sleepers;', 'native/io/b.cc: static int calls = 0;'],
});
