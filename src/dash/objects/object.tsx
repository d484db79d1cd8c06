// object.tsx - one object: its YAML, and what can be done with it.
import { stringify } from 'yaml';
import { ask } from '../api.js';
import { useLoading } from '../loading.js';
import { choose } from '../place.js';
import { Problem } from '../shell/controls.js';
import { Editor } from './editor.js';
import { type Kind, pathOf } from './kinds.js';

interface Props {
  readonly kind: Kind;
  readonly namespace: string;
  readonly name: string;
  readonly tab: string;
  readonly turn: number;
}

interface Shown {
  readonly metadata: { readonly managedFields?: unknown };
}

/** As `kubectl get -o yaml` shows it. */
function yamlOf(object: Shown): string {
  const { managedFields: _, ...metadata } = object.metadata;
  return stringify({ ...object, metadata }, { lineWidth: 0 });
}

export function ObjectPanel({ kind, namespace, name, turn }: Props) {
  const path = pathOf(kind, namespace, name);
  const { value, error } = useLoading(() => ask<Shown>(path), [path, turn]);
  return (
    <aside class="details object" aria-label={`${kind.kind} ${name}`}>
      <header>
        <h2>{name}</h2>
        <button type="button" onClick={() => choose({ name: '', in: '', tab: '' })}>
          Close
        </button>
      </header>
      {error !== undefined ? <Problem text={error} /> : null}
      {value ? <Editor text={yamlOf(value)} label={`YAML of ${name}`} /> : null}
    </aside>
  );
}
