// differential.long.test.ts - the reference and the native engine agree on random runs, at length.
//
// KUBEWIRE_FRAMES says how many frames, KUBEWIRE_CLUSTERS how many clusters, KUBEWIRE_SERVERS how many lives of virtual
// servers, KUBEWIRE_CHANGING how many clusters that change, KUBEWIRE_SEED where the seeds begin.
import { testTwins } from './support/differential.js';

const told = (name: string, otherwise: number): number => Number(process.env[`KUBEWIRE_${name}`] ?? otherwise);

testTwins({
  frames: told('FRAMES', 400_000),
  clusters: told('CLUSTERS', 3_000),
  servers: told('SERVERS', 560),
  changing: told('CHANGING', 400),
  firstSeed: told('SEED', 10_001),
});
