// ci-check.mjs - a check for a pipeline: every NodePort and LoadBalancer address must lead an outside client to an endpoint.
//
//     node examples/library/ci-check.mjs examples/shop        exits with 1 and says which does not
import { createWorld, loadManifests, matrix } from 'kubewire';

const world = await createWorld(loadManifests(process.argv.slice(2)));
const rows = await matrix(world, [], { strategies: ['nftables'] });
const outside = rows.filter(({ role, frontend }) => role === 'outside' && frontend !== 'ClusterIP');
const closed = outside.filter(({ results }) => results.nftables.verdict !== 'dnat');
for (const { service, frontend, address, port, results } of closed)
  console.log(`${service}: ${frontend} ${address} port ${port}: ${results.nftables.reason}`);
process.exitCode = closed.length > 0 ? 1 : 0;
