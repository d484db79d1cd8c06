// object.tsx - one object: its YAML to read and edit, and what can be done with it.
import { useEffect, useMemo, useState } from 'preact/hooks';
import { ask, type Refusal } from '../api.js';
import { useLoading } from '../loading.js';
import { choose } from '../place.js';
import { Problem } from '../shell/controls.js';
import { Terminal } from '../terminal/terminal.js';
import { DeleteButton, ScaleField } from './actions.js';
import { type Mistake, placed, readDraft, yamlOf } from './draft.js';
import { Editor } from './editor.js';
import { type Kind, pathOf } from './kinds.js';
import { Links } from './links.js';
import { Power } from './power.js';
import { Preview } from './preview.js';

interface Props {
  readonly kind: Kind;
  readonly namespace: string;
  readonly name: string;
  readonly tab: string;
  readonly turn: number;
}

interface Shown {
  readonly metadata: { readonly resourceVersion?: string; readonly managedFields?: unknown };
  readonly spec?: { readonly replicas?: number; readonly unschedulable?: boolean };
}

const NO_MISTAKES: readonly Mistake[] = [];

const put = (path: string, body: string): Promise<Shown> =>
  ask<Shown>(`${path}?fieldValidation=Strict`, { method: 'PUT', type: 'application/json', body });

interface Draft {
  readonly text: string;
  readonly edited: boolean;
  readonly mistakes: readonly Mistake[];
  /** What the server said as a whole. */
  readonly problem: string;
  readonly done: string;
  readonly edit: (text: string) => void;
  readonly revert: () => void;
  readonly apply: () => Promise<void>;
}

/** The text under the user's hands. As long as nothing was edited it follows the object. */
function useDraft(path: string, value: Shown | undefined): Draft {
  const [own, setOwn] = useState<string | null>(null);
  const [refused, setRefused] = useState<{
    readonly mistakes: readonly Mistake[];
    readonly problem: string;
    readonly done: string;
  }>({ mistakes: NO_MISTAKES, problem: '', done: '' });
  const original = useMemo(() => (value ? yamlOf(value) : ''), [value]);
  const text = own ?? original;
  const read = useMemo(() => readDraft(text), [text]);
  const clear = { mistakes: NO_MISTAKES, problem: '', done: '' };
  return {
    text,
    edited: own !== null && own !== original,
    mistakes: read.mistakes.length > 0 ? read.mistakes : refused.mistakes,
    ...{ problem: refused.problem, done: refused.done },
    edit(changed) {
      setOwn(changed);
      setRefused(clear);
    },
    revert() {
      setOwn(null);
      setRefused(clear);
    },
    async apply() {
      try {
        await put(path, JSON.stringify(read.object));
        setOwn(null);
        setRefused({ ...clear, done: 'Applied.' });
      } catch (error) {
        const { message, causes } = error as Refusal;
        setRefused({ mistakes: placed(text, causes ?? []), problem: message, done: '' });
      }
    },
  };
}

function Yaml({ kind, path, value, name }: { kind: Kind; path: string; value: Shown; name: string }) {
  const draft = useDraft(path, value);
  const read = draft.edited && draft.mistakes.length === 0 ? draft.text : null;
  return (
    <>
      <Editor text={draft.text} label={`YAML of ${name}`} mistakes={draft.mistakes} onEdit={draft.edit} />
      {draft.problem === '' ? null : <Problem text={draft.problem} />}
      {draft.done === '' ? null : <p role="status">{draft.done}</p>}
      {draft.edited && draft.mistakes.length > 0 && draft.problem === '' ? (
        <Problem text={draft.mistakes[0]?.text ?? ''} />
      ) : null}
      {draft.edited ? (
        <p class="doing">
          <button
            type="button"
            class="main"
            disabled={draft.mistakes.length > 0 && draft.problem === ''}
            onClick={draft.apply}
          >
            Apply
          </button>
          <button type="button" onClick={draft.revert}>
            Revert
          </button>
        </p>
      ) : null}
      {read !== null && kind.kind === 'Service' ? <Preview path={path} text={read} /> : null}
    </>
  );
}

const TABS = ['yaml', 'shell'] as const;

function Tabs({ tab }: { tab: string }) {
  return (
    <p class="tabs">
      {TABS.map((one) => (
        <button
          key={one}
          type="button"
          aria-pressed={one === tab}
          onClick={() => choose({ tab: one === 'yaml' ? '' : one })}
        >
          {one === 'yaml' ? 'YAML' : 'Shell'}
        </button>
      ))}
    </p>
  );
}

/** How a link names an object to which packets go. */
const END: Readonly<Record<string, (namespace: string, name: string) => string>> = {
  nodes: (_, name) => `node/${name}`,
  pods: (namespace, name) => `pod/${namespace}/${name}`,
  services: (namespace, name) => `svc/${namespace}/${name}`,
};

export function ObjectPanel({ kind, namespace, name, tab, turn }: Props) {
  const path = pathOf(kind, namespace, name);
  const { value, error } = useLoading(() => ask<Shown>(path), [path, turn]);
  const end = END[kind.id]?.(namespace, name);
  const hasShell = kind.id === 'pods';
  const shown = hasShell && tab === 'shell' ? 'shell' : 'yaml';
  useEffect(() => {
    if (tab !== '' && shown !== tab) choose({ tab: '' });
  }, [tab, shown]);
  return (
    <aside class="details object" aria-label={`${kind.kind} ${name}`}>
      <header>
        <h2>{name}</h2>
        {kind.scalable && value ? <ScaleField path={path} replicas={value.spec?.replicas ?? 0} /> : null}
        {kind.id === 'nodes' && value ? (
          <Power path={path} name={name} cordoned={value.spec?.unschedulable ?? false} />
        ) : null}
        <DeleteButton path={path} name={name} />
        <button type="button" onClick={() => choose({ name: '', in: '', tab: '' })}>
          Close
        </button>
      </header>
      {end === undefined ? null : <Links end={end} />}
      {hasShell ? <Tabs tab={shown} /> : null}
      {error !== undefined ? <Problem text={error} /> : null}
      {value && shown === 'yaml' ? <Yaml kind={kind} path={path} value={value} name={name} /> : null}
      {value && shown === 'shell' ? <Terminal path={path} name={name} /> : null}
    </aside>
  );
}
