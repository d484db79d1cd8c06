// verbs.long.test.ts - an old kubectl (Debian has 1.20) does what a new one does.
// Takes turns: a whole API, and a real client that asks it.
import { findOldKubectl } from '../e2e/kubectl.js';
import { playSessions } from './play.js';

playSessions('an old kubectl and the API', 'verbs.md', findOldKubectl());
