// helm.long.test.ts - helm installs, upgrades, rolls back and removes a chart: a small one, and that of examples/cluster.
// Takes turns: a whole API, and a real client that asks it.
import { findHelm, findKubectl } from '../e2e/kubectl.js';
import { playSessions } from './play.js';

const kubectl = findKubectl();
const helm = findHelm(kubectl);
const missing = 'needs helm: HELM=PATH, or the package that carries kubectl';

for (const [name, page] of [
  ['helm and the API', 'helm.md'],
  ['the chart of examples/cluster', 'chart.md'],
] as const) {
  if (helm === undefined) playSessions(name, page, { missing });
  else playSessions(name, page, kubectl, { helm });
}
