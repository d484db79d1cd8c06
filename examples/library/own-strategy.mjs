// own-strategy.mjs - a strategy of your own beside kube-proxy's: endpoints of the own node come first. What would change?
//
//     node examples/library/own-strategy.mjs examples/shop
import { compare, createWorld, loadManifests, strategyNamed } from 'kubewire';

const nftables = strategyNamed('nftables');

/** A strategy turns a plan into tables; this one hands a changed plan to one of kubewire's. */
const ownNodeFirst = {
  name: 'own-node-first',
  mode: 'nftables',
  summary: 'nftables, but endpoints of the own node come first',
  compile(plan, attachment, generation, seed) {
    const services = plan.services.map((service) => {
      const local = service.clusterEndpoints.filter((endpoint) => endpoint.local);
      return local.length > 0 ? { ...service, clusterEndpoints: local } : service;
    });
    return nftables.compile({ ...plan, services }, attachment, generation, seed);
  },
};

const world = await createWorld(loadManifests(process.argv.slice(2)));
const { groups, differing, classes } = await compare(world, ['nftables', ownNodeFirst]);
console.log(`${differing} of ${classes} classes of packets are treated otherwise`);
for (const { kind, count, example } of groups) {
  const { source, destination, destinationPort } = example.packet;
  const [before, after] = example.outcomes.map(({ backends }) => backends.map(({ address }) => address).join(', '));
  console.log(`- ${kind} (${count}): ${source} to ${destination} port ${destinationPort} on ${example.node}`);
  console.log(`    nftables: ${before || 'none'}\n    ${ownNodeFirst.name}: ${after || 'none'}`);
}
