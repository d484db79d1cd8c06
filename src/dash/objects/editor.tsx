// editor.tsx - an editor for the YAML of an object, with mistakes marked at their lines.
import { yaml } from '@codemirror/lang-yaml';
import { HighlightStyle, syntaxHighlighting } from '@codemirror/language';
import { type Diagnostic, lintGutter, setDiagnostics } from '@codemirror/lint';
import { Annotation, EditorState } from '@codemirror/state';
import { EditorView } from '@codemirror/view';
import { tags } from '@lezer/highlight';
import { basicSetup } from 'codemirror';
import { useEffect, useRef } from 'preact/hooks';
import { nonce } from '../nonce.js';
import type { Mistake } from './draft.js';

interface Props {
  readonly text: string;
  readonly label: string;
  readonly mistakes: readonly Mistake[];
  readonly onEdit: (text: string) => void;
}

/** The page's own colours, so that it can be read on dark screens, too. */
const COLOURS = HighlightStyle.define([
  { tag: [tags.propertyName, tags.definition(tags.propertyName)], color: 'var(--s0)' },
  { tag: [tags.string, tags.special(tags.string)], color: 'var(--s2)' },
  { tag: [tags.comment, tags.lineComment], color: 'var(--soft)' },
  { tag: [tags.keyword, tags.atom, tags.number, tags.bool], color: 'var(--s3)' },
]);

/** Of a change that the page itself makes: the object is another one by now. */
const given = Annotation.define<boolean>();

function makeView(parent: HTMLElement, { text, label, onEdit }: Props): EditorView {
  const told = EditorView.updateListener.of(({ docChanged, state, transactions }) => {
    if (docChanged && !transactions.some((one) => one.annotation(given))) onEdit(state.doc.toString());
  });
  const extensions = [
    basicSetup,
    syntaxHighlighting(COLOURS),
    yaml(),
    lintGutter(),
    told,
    EditorView.cspNonce.of(nonce),
    EditorView.contentAttributes.of({ 'aria-label': label }),
  ];
  return new EditorView({ parent, state: EditorState.create({ doc: text, extensions }) });
}

function diagnosticOf(view: EditorView, { from, to, text }: Mistake): Diagnostic {
  const { length } = view.state.doc;
  return { from: Math.min(from, length), to: Math.min(Math.max(from, to), length), severity: 'error', message: text };
}

export function Editor(props: Props) {
  const { text, mistakes } = props;
  const place = useRef<HTMLDivElement>(null);
  const view = useRef<EditorView | null>(null);
  useEffect(() => {
    if (!place.current) return;
    const made = makeView(place.current, props);
    view.current = made;
    return () => made.destroy();
  }, []);
  useEffect(() => {
    const { current } = view;
    if (!current || current.state.doc.toString() === text) return;
    current.dispatch({ changes: { from: 0, to: current.state.doc.length, insert: text }, annotations: given.of(true) });
  }, [text]);
  useEffect(() => {
    const { current } = view;
    if (current)
      current.dispatch(
        setDiagnostics(
          current.state,
          mistakes.map((one) => diagnosticOf(current, one)),
        ),
      );
  }, [mistakes]);
  return <div class="editor" ref={place} />;
}
