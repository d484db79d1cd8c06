// protocol.ts - what the lab and the worker thread of its name servers say to each other.
import type { ServedSocket } from '../pods/sockets.js';

export type NamesRequest =
  | { readonly type: 'open'; readonly id: number; readonly sockets: readonly ServedSocket[] }
  | { readonly type: 'close'; readonly id: number }
  /** Of the question with this number; no bytes: it was none. */
  | { readonly type: 'answer'; readonly ask: number; readonly bytes: Uint8Array | null; readonly why?: string }
  /** The cluster has changed: what was answered before does not hold. */
  | { readonly type: 'forget' };

export type NamesReply =
  | { readonly type: 'ask'; readonly ask: number; readonly query: Uint8Array; readonly overTcp: boolean }
  /** Lines for the log of the pod with this number. */
  | { readonly type: 'log'; readonly id: number; readonly text: string };
