// kill.test.ts - an API that is killed at some moments loses nothing that it acknowledged.
import { testKills } from '../../support/killed-api.js';

testKills(3);
