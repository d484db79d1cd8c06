// kill.long.test.ts - an API that is killed at two hundred moments loses nothing that it acknowledged.
import { testKills } from '../../support/killed-api.js';

testKills(200);
