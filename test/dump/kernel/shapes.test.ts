// shapes.test.ts - random packets through the rules of other programs, in the kernel and in our walk.
// Takes turns: nft must have the time to tell every packet.
import { testShapes } from './seeds.js';

testShapes(Number(process.env.N ?? 40));
