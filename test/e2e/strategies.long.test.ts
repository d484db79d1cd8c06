// strategies.long.test.ts - every strategy passes the check, in a lab of its own with two shards.
// Takes turns: whole labs and real clients.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { STRATEGY_NAMES } from '../../src/compile/strategy.js';
import { labUnavailable, shop, User } from './harness.js';

describe('every strategy', { skip: labUnavailable() ?? false }, () => {
  for (const strategy of STRATEGY_NAMES.filter((name) => name !== 'nftables')) {
    test(`the shop passes the check under ${strategy}`, async () => {
      const user = new User();
      try {
        await user.up('-f', shop, '--strategy', strategy, '--shards', '2');
        const { code, stdout, stderr } = await user.run(['check', '--requests', '6', '-o', 'json']);
        const { rows } = JSON.parse(stdout) as { rows: { ok: boolean }[] };
        assert.deepEqual(
          rows.filter((row) => !row.ok),
          [],
          stderr,
        );
        assert.equal(code, 0);
      } finally {
        await user.leave();
      }
    });
  }
});
