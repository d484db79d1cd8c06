// patch.test.ts - a node whose tables are patched treats packets as one that is given whole tables; what is refused changes nothing.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isDeepStrictEqual } from 'node:util';
import { STRATEGY_NAMES } from '../../src/compile/strategy.js';
import type { Engine, Outcome } from '../../src/engine/engine.js';
import { encodeImage } from '../../src/image/encode.js';
import { encodePatch, Writes } from '../../src/image/patch.js';
import type { TableSet } from '../../src/image/table.js';
import { formatBytes } from '../../src/model/address.js';
import { nativeEngine, REFERENCE } from '../support/engines.js';
import { patchSteps } from '../support/patch-run.js';
import { makeTables, NODE_1 } from '../support/tables.js';
import type { Event } from '../support/twins.js';

const ENGINES = [REFERENCE, await nativeEngine()];

/** A decision with names in place of the numbers of rows. */
function told({ decision, out }: Outcome, tables: TableSet): object {
  const { frontend, service, backend, ...rest } = decision;
  const [row, to] = [tables.FRONTEND[frontend], tables.BACKEND[backend]];
  return {
    ...rest,
    frontend: row ? `${formatBytes(row.address)} ${row.port_be} ${row.protocol}` : null,
    service: tables.names.services[service] ?? null,
    backend: to ? `${formatBytes(to.address)} ${to.port_be}` : null,
    out: out ? { ...out, bytes: Buffer.from(out.bytes).toString('hex') } : null,
  };
}

function take(engine: Engine, event: Event): void {
  if (event.kind === 'load') engine.load(event.image, event.nowNs);
  else if (event.kind === 'patch') engine.patch(event.patch, event.nowNs);
}

const listed = (engine: Engine, nowNs: bigint): string[] =>
  engine
    .flows(nowNs)
    .map((flow) => JSON.stringify(flow, (_, value) => (typeof value === 'bigint' ? String(value) : value)))
    .sort();

for (const { name, make, skip } of ENGINES) {
  test(`${name}: patched or whole, tables treat every frame alike`, { skip }, () => {
    for (let seed = 1; seed <= 40; seed++) {
      const strategy = STRATEGY_NAMES[seed % STRATEGY_NAMES.length] ?? '';
      const options = { seed, flowCapacity: 1024 };
      const [patched, whole] = [make(options), make(options)];
      let anew: TableSet | undefined;
      for (const step of patchSteps(seed, 120, strategy)) {
        const { event } = step;
        if (step.anew) {
          take(patched, event);
          take(whole, step.anew.event);
          anew = step.anew.tables;
        } else if (event.kind === 'frame' && anew) {
          const [a, b] = [patched.process(event.frame, event.nowNs), whole.process(event.frame, event.nowNs)];
          assert.deepEqual(told(a, step.tables), told(b, anew), `seed ${seed}, ${strategy}`);
        } else {
          assert.deepEqual(listed(patched, event.nowNs), listed(whole, event.nowNs), `seed ${seed}, ${strategy}`);
        }
      }
      assert.ok(isDeepStrictEqual(patched.counters(), whole.counters()));
      patched.close();
      whole.close();
    }
  });

  test(`${name}: a patch of another image, or one that breaks the tables, is refused and changes nothing`, {
    skip,
  }, () => {
    const tables = makeTables({ ...NODE_1, generation: 4n });
    const engine = make({ seed: 1 });
    const refused = (patch: Uint8Array): void =>
      assert.throws(() => engine.patch(patch, 0n), { code: 'IMAGE_REFUSED' });
    const next = { ...tables, generation: 5n };
    refused(encodePatch(next, 4n, new Writes()));
    engine.load(encodeImage(tables), 0n);
    for (const other of [
      encodePatch(next, 3n, new Writes()),
      encodePatch({ ...next, hashSeed: tables.hashSeed + 1 }, 4n, new Writes()),
      encodePatch({ ...next, nodeId: 9 }, 4n, new Writes()),
      encodePatch(next, 4n, new Writes()).subarray(0, 20),
    ]) {
      refused(other);
    }
    const dangling = new Writes();
    dangling.note('MEMBER', tables.MEMBER.length);
    refused(encodePatch({ ...next, MEMBER: [...tables.MEMBER, { index: 999 }] }, 4n, dangling));
    const fixed = new Writes();
    fixed.note('ROUTE', 0);
    refused(encodePatch(next, 4n, fixed));
    engine.patch(encodePatch(next, 4n, new Writes()), 0n);
    engine.close();
  });
}
