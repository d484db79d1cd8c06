// kill.long.test.ts - an API that is killed at many moments loses nothing that it acknowledged.
// KUBEWIRE_KILLS says at how many.
import { testKills } from '../../support/killed-api.js';

testKills(Number(process.env.KUBEWIRE_KILLS ?? 60));
