// state.long.test.ts - many lives that one engine hands over to another.
import { testHandovers } from '../../support/save-run.js';

testHandovers({ nodes: 20, clusters: 4, servers: 40 });
