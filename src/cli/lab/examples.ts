// examples.ts - the manifests that come with kubewire, wherever it is installed.
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Fault } from '../../model/fault.js';

/** A file or folder of examples/: above src/cli/lab, and above dist/src/cli/lab. */
export function examplePath(name: string): string {
  for (const up of ['../../..', '../../../..']) {
    const path = fileURLToPath(new URL(`${up}/examples/${name}`, import.meta.url));
    if (existsSync(path)) return path;
  }
  throw new Fault('NOT_FOUND', `the example examples/${name} is missing`, 'Use a whole clone of kubewire.');
}

/** The proxy with its controller for Ingress and Gateway API, and the kinds of the latter. */
export const ingressManifests = (): string[] =>
  ['gateway/crds.yaml', 'gateway/class.yaml', 'ingress/controller.yaml'].map(examplePath);
