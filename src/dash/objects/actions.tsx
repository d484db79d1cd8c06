// actions.tsx - buttons that change something in the lab, and what the server says when it refuses.
import { useEffect, useState } from 'preact/hooks';
import { ask } from '../api.js';
import { choose } from '../place.js';

export const MERGE = 'application/merge-patch+json';

/** A message that a refused action leaves. */
function useAction(): readonly [problem: string, run: (action: () => Promise<unknown>) => void] {
  const [problem, set] = useState('');
  return [
    problem,
    (action) => {
      set('');
      action().catch((error: Error) => set(error.message));
    },
  ];
}

const Refused = ({ problem }: { problem: string }) =>
  problem === '' ? null : (
    <span class="lost" role="alert">
      {problem}
    </span>
  );

interface ActionProps {
  readonly text: string;
  readonly disabled?: boolean;
  readonly run: () => Promise<unknown>;
}

/** A button that does one thing. */
export function Action({ text, disabled = false, run }: ActionProps) {
  const [problem, act] = useAction();
  return (
    <>
      <button type="button" disabled={disabled} onClick={() => act(run)}>
        {text}
      </button>
      <Refused problem={problem} />
    </>
  );
}

export function ScaleField({ path, replicas }: { path: string; replicas: number }) {
  const [wanted, setWanted] = useState(String(replicas));
  const [problem, run] = useAction();
  useEffect(() => setWanted(String(replicas)), [replicas]);
  const scale = (event: Event): void => {
    event.preventDefault();
    const body = JSON.stringify({ spec: { replicas: Number(wanted) } });
    run(() => ask(`${path}/scale`, { method: 'PATCH', type: MERGE, body }));
  };
  return (
    <form class="scale" onSubmit={scale}>
      <label class="field">
        <span>Replicas</span>
        <input type="number" min="0" value={wanted} onInput={(event) => setWanted(event.currentTarget.value)} />
      </label>
      <button type="submit" disabled={wanted === String(replicas)}>
        Scale
      </button>
      <Refused problem={problem} />
    </form>
  );
}

/** Asks once before it deletes. */
export function DeleteButton({ path, name }: { path: string; name: string }) {
  const [sure, setSure] = useState(false);
  const [problem, run] = useAction();
  const remove = (): void => {
    setSure(false);
    run(async () => {
      await ask(path, { method: 'DELETE' });
      choose({ name: '', in: '', tab: '' });
    });
  };
  if (!sure)
    return (
      <>
        <button type="button" class="danger" onClick={() => setSure(true)}>
          Delete
        </button>
        <Refused problem={problem} />
      </>
    );
  return (
    <>
      <button
        type="button"
        class="danger"
        onClick={remove}
        onBlur={() => setSure(false)}
        ref={(button) => button?.focus()}
      >
        Delete {name}?
      </button>
      <button type="button" onClick={() => setSure(false)}>
        Keep
      </button>
    </>
  );
}
