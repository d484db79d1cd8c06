// power.tsx - what can be done to the machine of a Node: switched off and on, and kept free of new pods.
import { ask } from '../api.js';
import { type LiveState, useLive } from '../live.js';
import { Action, MERGE } from './actions.js';

const labPart = ({ lab }: LiveState) => lab;

interface Machines {
  readonly metadata: { readonly resourceVersion?: string };
  readonly spec: { readonly stopped?: readonly string[] };
}

/** As `kubewire node stop|start` does it: with the version that was read, so that two who do this at once both succeed or hear of it. */
async function turn(lab: string, name: string, on: boolean): Promise<void> {
  const path = `/apis/kubewire.dev/v1alpha1/labs/${lab}`;
  const { metadata, spec } = await ask<Machines>(path);
  const others = (spec.stopped ?? []).filter((one) => one !== name);
  const { resourceVersion } = metadata;
  const body = JSON.stringify({ metadata: { resourceVersion }, spec: { stopped: on ? others : [...others, name] } });
  await ask(path, { method: 'PATCH', type: MERGE, body });
}

interface Props {
  readonly path: string;
  readonly name: string;
  readonly cordoned: boolean;
}

export function Power({ path, name, cordoned }: Props) {
  const lab = useLive(labPart);
  const stopped = lab?.stopped.includes(name) ?? false;
  const cordon = (): Promise<unknown> =>
    ask(path, {
      method: 'PATCH',
      type: MERGE,
      body: JSON.stringify({ spec: { unschedulable: cordoned ? null : true } }),
    });
  return (
    <>
      {lab ? <Action text={stopped ? 'Start' : 'Stop'} run={() => turn(lab.name, name, stopped)} /> : null}
      <Action text={cordoned ? 'Uncordon' : 'Cordon'} run={cordon} />
    </>
  );
}
