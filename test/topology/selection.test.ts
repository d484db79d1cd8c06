// selection.test.ts - the Services of a pod by its labels, as asking each of them would find them.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Pod, Service } from '../../src/model/objects.js';
import { selects } from '../../src/topology/listening.js';
import { Selection } from '../../src/topology/selection.js';

const labels = fc.dictionary(fc.constantFrom('app', 'tier', 'zone'), fc.constantFrom('a', 'b', 'longer'));
const space = fc.constantFrom('default', 'shop');
const service = fc.record({ selector: labels, namespace: space, gone: fc.boolean() });

test('a pod finds the Services that select it, and none that were taken out', () => {
  fc.assert(
    fc.property(fc.array(service, { maxLength: 12 }), labels, space, (specs, own, namespace) => {
      const services = specs.map(
        (spec, i): Service => ({
          apiVersion: 'v1',
          kind: 'Service',
          metadata: { name: `s${String(i).padStart(2, '0')}`, namespace: spec.namespace },
          spec: { selector: spec.selector },
        }),
      );
      const pod: Pod = {
        apiVersion: 'v1',
        kind: 'Pod',
        metadata: { name: 'p', namespace, labels: own },
        spec: { containers: [] },
      };
      const selection = new Selection();
      for (const one of services) selection.add(one);
      for (const [i, one] of services.entries()) if (specs[i]?.gone) selection.remove(one);
      const names = (list: readonly Service[]): string[] => list.map(({ metadata }) => metadata.name).sort();
      const expected = services.filter((one, i) => !specs[i]?.gone && selects(one, pod));
      assert.deepEqual(names(selection.of(pod)), names(expected));
    }),
  );
});
