// verbs.test.ts - the verbs of kubectl do against the API what they do on a real cluster.
// Takes turns: a whole API, and a real client that asks it.
import { findKubectl } from '../e2e/kubectl.js';
import { playSessions } from './play.js';

playSessions('kubectl and the API', 'verbs.md', findKubectl());
