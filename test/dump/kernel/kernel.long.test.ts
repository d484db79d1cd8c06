// kernel.long.test.ts - the same for 40 sets of rules; EXPLAIN_PACKETS=2500 makes it 100,000 packets in all.
// Takes turns: nft must have the time to tell every packet.
import { testSeeds } from './seeds.js';

const packets = Number(process.env.EXPLAIN_PACKETS ?? 160);

testSeeds('iptables', 101, 120, packets);
testSeeds('nft', 101, 115, packets);
testSeeds('nft -j', 116, 120, packets);
