// kernel.long.test.ts - the same for 56 sets and those of other programs; EXPLAIN_PACKETS=1800 makes it 100,000 packets in all.
// Takes turns: nft must have the time to tell every packet.
import { testSeeds, testShapes } from './seeds.js';

const packets = Number(process.env.EXPLAIN_PACKETS ?? 120);

testSeeds('iptables', 101, 120, packets);
testSeeds('nft', 101, 115, packets);
testSeeds('nft -j', 116, 120, packets);
testSeeds('iptables', 125, 132, packets, true);
testSeeds('nft', 133, 140, packets, true);
testShapes(packets);
