// conformance.ts - Kubernetes' own network tests by name, each a story, played in one lab after the other.
import { readFileSync } from 'node:fs';
import { playOn, type Row } from './play.js';
import { exampleFolder, pagesOf } from './shipped.js';
import { type Setting, Stage } from './stage.js';
import { readStories, type Story } from './story.js';

/** A test of Kubernetes, and what we do for it. */
export interface ConformanceTest {
  /** As `e2e.test` prints it. */
  readonly name: string;
  /** Its source. */
  readonly link: string;
  readonly story: Story;
}

const FOLDER = 'conformance';
/** Files that every page may use. */
const TOOLS = ['tools.sh', 'udp.mjs'];

/** All tests, page by page. The first link of a page is that of the tests on it. Throws Fault USAGE for a bad page. */
export function conformanceTests(): ConformanceTest[] {
  return pagesOf(FOLDER).flatMap((page) => {
    const file = `examples/${FOLDER}/${page}.md`;
    const text = readFileSync(`${exampleFolder(FOLDER)}${page}.md`, 'utf8');
    const link = /\]\((https:[^)]+)\)/.exec(text)?.[1] ?? '';
    return readStories(file, text).map((story) => ({ name: story.title, link, story }));
  });
}

/** The tests whose name contains one of the words, in whatever case; all without any. */
export function testsNamed(words: readonly string[]): ConformanceTest[] {
  const wanted = words.map((word) => word.toLowerCase());
  const isWanted = (name: string): boolean => wanted.some((word) => name.toLowerCase().includes(word));
  return conformanceTests().filter(({ name }) => wanted.length === 0 || isWanted(name));
}

/** Namespaces that a lab has without anybody's doing. */
const SWEEP =
  "kubewire get namespaces -o name | grep -v '/default$\\|/kube-' | xargs -r kubewire delete --no-wait >/dev/null 2>&1";

async function playIn(stage: Stage, { name, story }: ConformanceTest): Promise<Row> {
  for (const tool of TOOLS) stage.save(tool, readFileSync(`${exampleFolder(FOLDER)}${tool}`, 'utf8'));
  const row = await playOn(stage, name, story);
  // One that passes takes its namespace away.
  if (row.result === 'failed') await stage.type(SWEEP).catch(() => undefined);
  return row;
}

/**
 * Plays the tests under each setting, in one lab a dataplane. Throws Fault INTERNAL when a lab cannot be had.
 * @param settings those of a dataplane one after the other
 * @param hear is told each row
 */
export async function playTests(
  tests: readonly ConformanceTest[],
  settings: readonly Setting[],
  hear: (row: Row, test: ConformanceTest) => void,
): Promise<void> {
  let stage: Stage | null = null;
  try {
    for (const setting of settings) {
      if (stage?.setting.dataplane !== setting.dataplane) {
        await stage?.close();
        stage = await Stage.open(setting);
      } else await stage.turn(setting.strategy);
      for (const one of tests) hear(await playIn(stage, one), one);
    }
  } finally {
    await stage?.close();
  }
}
