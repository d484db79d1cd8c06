// rerun.long.test.ts - a million random frames with changing tables, recorded and run again, over all strategies.
import { testReruns } from '../../support/reruns.js';

testReruns(200_000, [11, 12, 13, 14], 9);
