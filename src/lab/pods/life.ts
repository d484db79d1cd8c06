// life.ts - what the life of a pod's containers does to the rest of it: events, ports that open and close, its end.
import type { Container, Pod } from '../../model/objects.js';
import { servingContainers } from '../../topology/backing.js';
import { Containers } from './containers.js';
import type { Entry } from './entry.js';
import { askOnce, type ProbePlace } from './probing.js';
import type { KubeletOptions } from './wiring.js';

/** What only the kubelet can do. */
interface Doings {
  readonly changed: () => void;
  /** Ends a pod that is not to be restarted; false for one that is. */
  readonly finish: (code: number) => boolean;
  /** Opens and closes ports until those of the containers that run are open. */
  readonly relisten: () => void;
  readonly place: (container: Container) => ProbePlace;
}

/** What a signal leaves as exit code: 128 + SIGKILL. */
const KILLED = 137;

export function startContainers(
  { clock, timer, events }: Pick<KubeletOptions, 'clock' | 'timer' | 'events'>,
  entry: Entry,
  pod: Pod,
  { changed, finish, relisten, place }: Doings,
): Containers {
  const path = ({ name }: Container): string => `spec.containers{${name}}`;
  const [first] = pod.spec.containers;
  return new Containers(
    servingContainers(pod.spec),
    entry.restarts,
    {
      ask: (container, probe) => askOnce(probe, place(container)),
      changed,
      unhealthy: (container, kind, problem) => {
        const what = `${kind[0]?.toUpperCase()}${kind.slice(1)} probe failed: ${problem}`;
        events(pod).warn(pod, 'Unhealthy', what, path(container));
      },
      kill: (container, kind, restart) => {
        const what = `Container ${container.name} failed ${kind} probe, will be restarted`;
        events(pod).normal(pod, 'Killing', what, path(container));
        if (entry.program && container.name === first?.name) entry.program.kill();
        else if (!finish(KILLED)) restart();
      },
      serve: (container, on) => {
        if (on) entry.down.delete(container.name);
        else entry.down.add(container.name);
        relisten();
      },
    },
    { clock, timer },
  );
}
