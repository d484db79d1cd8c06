// flows.ts - `--flows FILE`: a JSON array of packets to be asked about, checked one by one.
import { readFileSync } from 'node:fs';
import { Fault } from '../../model/fault.js';
import type { FlowRequest } from '../../observe/flow.js';

interface FlowItem {
  node?: unknown;
  from?: unknown;
  to?: unknown;
  proto?: unknown;
  protocol?: unknown;
}

const text = (value: unknown): string | undefined => (typeof value === 'string' && value !== '' ? value : undefined);

function flowOf(item: FlowItem, index: number, path: string): FlowRequest {
  const from = text(item?.from);
  const to = text(item?.to);
  if (from === undefined || to === undefined) {
    throw new Fault(
      'USAGE',
      `${path}: flow ${index}: "from" and "to" must be texts`,
      'Each flow is {node, from, to, proto}.',
    );
  }
  return { node: text(item.node), from, to, proto: text(item.proto) ?? text(item.protocol) };
}

export function readFlows(path: string): FlowRequest[] {
  let content: string;
  try {
    content = readFileSync(path === '-' ? 0 : path, 'utf8');
  } catch (error) {
    throw new Fault('NOT_FOUND', `cannot read ${path}: ${(error as Error).message}`);
  }
  let items: unknown;
  try {
    items = JSON.parse(content);
  } catch (error) {
    throw new Fault('USAGE', `${path} is not JSON: ${(error as Error).message}`, 'It holds an array of flows.');
  }
  if (!Array.isArray(items)) throw new Fault('USAGE', `${path} is not an array`, 'It holds an array of flows.');
  return items.map((item: FlowItem, i) => flowOf(item, i, path));
}
