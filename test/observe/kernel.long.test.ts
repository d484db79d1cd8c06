// kernel.long.test.ts - the real kernel does with one packet of every class what the tables say, on many random clusters.
// Runs alone: it asks a real kernel.
import { testRandomClusters } from './kernelclusters.js';

testRandomClusters(101, 250);
