// warnings.ts - what is said of an object that is written, by itself.
import { definitionWarnings } from '../cluster/custom/definition.js';
import { warningsFor } from '../manifest/warnings.js';
import type { Decoded } from './decode.js';

/** What was found when the object was read, and what its fields do not do. */
export const objectWarnings = ({ object, warnings }: Decoded): string[] => [
  ...warnings,
  ...warningsFor(object),
  ...definitionWarnings(object),
];
