// plan.ts - what a proxy is to do: the ports that it listens on, and for each the listeners with their rules and certificates.
import type { KubeObject } from '../model/objects.js';
import type { HostCertificate } from './certificates.js';
import type { HostPattern } from './routing/host.js';
import type { Backend } from './routing/rule.js';
import type { RouteTable } from './routing/table.js';

/** Rules for the requests of some hosts. */
export interface HttpListener {
  /** `Ingress` or `Gateway shop/web, listener http` */
  readonly name: string;
  readonly host: HostPattern;
  readonly table: RouteTable;
}

interface PortPlan {
  /** On which the proxy listens. */
  readonly listen: number;
  /** Which clients asked for. */
  readonly port: number;
}

export interface HttpPort extends PortPlan {
  readonly protocol: 'HTTP' | 'HTTPS';
  /** The most special host first: a request is for the first that matches, and for no other. */
  readonly listeners: readonly HttpListener[];
  /** The most special host first. */
  readonly certificates: readonly HostCertificate[];
}

export interface StreamPort extends PortPlan {
  readonly protocol: 'TCP' | 'UDP';
  readonly backends: readonly Backend[];
}

export type Port = HttpPort | StreamPort;

/** A status that an object is to have, and has not. */
export interface StatusWrite {
  readonly object: KubeObject;
  /** `gateways`: the word in URLs. */
  readonly plural: string;
  readonly status: object;
}
