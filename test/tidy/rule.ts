// rule.ts - a rule of the house: what it finds wrong in files, and planted files in which it must find it.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Source, sources } from '../support/sources.js';

interface Rule {
  /** The folders and files it holds for, and which files of the folders; generated ones only by name. */
  readonly where: readonly [places: readonly string[], pattern: RegExp];
  /** A line for each place that breaks the rule: the file, and what is wrong there. */
  readonly finds: (files: readonly Source[]) => string[];
  /** Files that break it, and files that just do not. */
  readonly planted: readonly Source[];
  /** What it finds in `planted`: a rule that finds nothing there is no rule. */
  readonly found: readonly [string, ...string[]];
}

const isGenerated = ({ path }: Source): boolean => /\.gen\.(ts|h)$/.test(path);

/** A test named by its sentence: the rule is seen to fail on what is planted, then to hold for the house. */
export function rule(sentence: string, { where: [places, pattern], finds, planted, found }: Rule): void {
  test(sentence, () => {
    assert.deepEqual(finds(planted), found, 'what is planted is not found');
    const files = sources(places, pattern).filter((file) => !isGenerated(file) || places.includes(file.path));
    assert.deepEqual(finds(files), []);
  });
}
