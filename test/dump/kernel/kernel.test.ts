// kernel.test.ts - random packets through random rules, in the kernel and in our walk.
// Takes turns: nft must have the time to tell every packet.
import { testSeeds, testShapes } from './seeds.js';

testSeeds('iptables', 1, 3, 80);
testSeeds('nft', 1, 3, 80);
testSeeds('nft -j', 4, 4, 80);
testSeeds('iptables', 5, 5, 80, true);
testSeeds('nft', 5, 5, 80, true);
testShapes(20);
