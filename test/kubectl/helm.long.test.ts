// helm.long.test.ts - helm installs, upgrades, rolls back and removes a chart.
// Takes turns: a whole API, and a real client that asks it.
import { findHelm, findKubectl } from '../e2e/kubectl.js';
import { playSessions } from './play.js';

const kubectl = findKubectl();
const helm = findHelm(kubectl);
const missing = 'needs helm: HELM=PATH, or the package that carries kubectl';

if (helm === undefined) playSessions('helm and the API', 'helm.md', { missing });
else playSessions('helm and the API', 'helm.md', kubectl, { helm });
