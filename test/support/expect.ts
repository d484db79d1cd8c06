// expect.ts - composable checks of an Outcome. Whatever leaves is decoded and every checksum in it is computed again.
//
//     check(outcome, forwarded('SERVICE'), onPort(3), to('10.244.1.5', 8080), dnat(), ttl(63));
import assert from 'node:assert/strict';
import {
  DecisionFlag,
  FlowState,
  MasqueradeReason,
  type Reason,
  ReasonNames,
  type Verdict,
  VerdictNames,
} from '../../src/abi/abi.gen.js';
import type { Outcome } from '../../src/engine/engine.js';
import { type Decoded, type DecodedIp, decodeFrame } from './decode.js';

interface Seen {
  readonly outcome: Outcome;
  /** What leaves; null when it was dropped. */
  readonly frame: Decoded | null;
}

type Check = (seen: Seen) => void;

export const endText = (outcome: Outcome): string =>
  `${VerdictNames[outcome.decision.verdict]} ${ReasonNames[outcome.decision.reason] ?? outcome.decision.reason}`;

/** Runs checks; the frame that leaves must be sound in every checksum and length. */
export function check(outcome: Outcome, ...checks: readonly Check[]): Seen {
  const frame = outcome.out ? decodeFrame(outcome.out.bytes, outcome.out.offload) : null;
  const seen = { outcome, frame };
  for (const one of checks) one(seen);
  if (frame?.ip)
    assert.deepEqual([...frame.ip.faults, ...(frame.ip.embedded?.faults ?? [])], [], 'faults of the frame');
  return seen;
}

const ended = (verdict: keyof typeof Verdict, reason: keyof typeof Reason): Check => {
  return ({ outcome }) => assert.equal(endText(outcome), `${verdict} ${reason}`);
};

export const forwarded = (reason: keyof typeof Reason): Check => ended('FORWARD', reason);
export const dropped = (reason: keyof typeof Reason): Check => ended('DROP', reason);
export const replied = (reason: keyof typeof Reason): Check => ended('REPLY', reason);

const field = <T>(what: string, want: T, get: (ip: DecodedIp) => T | undefined): Check => {
  return ({ frame }) => {
    assert.ok(frame?.ip, `no IP packet left, but ${what} ${String(want)} is expected`);
    assert.equal(get(frame.ip), want, what);
  };
};

const both = (first: Check, second: Check): Check => {
  return (seen) => {
    first(seen);
    second(seen);
  };
};

/** Source of what leaves. */
export function from(address: string, port?: number): Check {
  const addressCheck = field('source', address, (ip) => ip.source);
  return port === undefined
    ? addressCheck
    : both(
        addressCheck,
        field('source port', port, (ip) => ip.sourcePort),
      );
}

/** Destination of what leaves. */
export function to(address: string, port?: number): Check {
  const addressCheck = field('destination', address, (ip) => ip.destination);
  if (port === undefined) return addressCheck;
  return both(
    addressCheck,
    field('destination port', port, (ip) => ip.destinationPort),
  );
}

export const onPort = (port: number, nextHop?: number): Check => {
  return ({ outcome }) => {
    assert.equal(outcome.decision.outPort, port, 'outPort');
    if (nextHop !== undefined) assert.equal(outcome.decision.nextHop, nextHop, 'nextHop');
  };
};

export const state = (want: keyof typeof FlowState): Check => {
  return ({ outcome }) => assert.equal(outcome.decision.state, FlowState[want], 'state');
};

export const masqueraded = (want: keyof typeof MasqueradeReason): Check => {
  return ({ outcome }) => assert.equal(outcome.decision.masquerade, MasqueradeReason[want], 'masquerade');
};

/** Exactly these bits of Decision.flags. */
export const flags = (...names: readonly (keyof typeof DecisionFlag)[]): Check => {
  return ({ outcome }) => {
    const set = Object.entries(DecisionFlag).filter(([, bit]) => outcome.decision.flags & bit);
    assert.deepEqual(set.map(([name]) => name).sort(), [...names].sort(), 'flags');
  };
};
