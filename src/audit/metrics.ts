// metrics.ts - the audit of a cluster for Prometheus: text that its node exporter reads from a file, or a gateway takes.
import { Gauge, Registry } from 'prom-client';
import type { FleetReport } from './report.js';

/** Gauges of one audit; what was well is 0 or absent. */
export function metricsOf({ nodes, unheard, findings }: FleetReport): Promise<string> {
  const registers = [new Registry()];
  const found = new Gauge({
    ...{ name: 'kubewire_audit_findings', help: "Findings of the last audit in a node's rules", registers },
    labelNames: ['node', 'kind', 'severity'] as const,
  });
  for (const { kind, severity, nodes: places } of findings)
    for (const { node } of places) found.inc({ node, kind, severity });
  const heard = new Gauge({
    ...{ name: 'kubewire_audit_heard', help: 'Whether the rules of a node were gathered', registers },
    labelNames: ['node'] as const,
  });
  for (const { node } of nodes) heard.set({ node }, 1);
  for (const { node } of unheard) heard.set({ node }, 0);
  return (registers[0] as Registry).metrics();
}
