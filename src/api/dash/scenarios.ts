// scenarios.ts - stories on the page: which there are, and one that is played, step by step, in a lab of its own.
import type { Context } from 'hono';
import { badRequest } from '../../cluster/status.js';
import { Fault } from '../../model/fault.js';
import { playOn, type Row, settingsOf } from '../../story/play.js';
import { shippedNames, shippedStory } from '../../story/shipped.js';
import { type Setting, Stage } from '../../story/stage.js';
import type { Story } from '../../story/story.js';
import type { ScenarioAnswer, ScenarioNews } from './shapes.js';

/** GET /dash/scenarios → an array of ScenarioAnswer. */
export function serveScenarios(c: Context): Response {
  const told = shippedNames().map((name): ScenarioAnswer => {
    const { story, page } = shippedStory(name);
    return { name, title: story.title, strategies: story.config.strategies, page };
  });
  return c.json(told);
}

type Tell = (news: ScenarioNews) => void;

async function play(name: string, story: Story, setting: Setting, tell: Tell): Promise<Row> {
  const stage = await Stage.open(setting, story.config.up);
  try {
    tell({ type: 'lab', address: await stage.page() });
    return await playOn(stage, name, story, ({ line }, { text, exit }, well) =>
      tell({ type: 'step', line, text, exit, well }),
    );
  } finally {
    await stage.close();
  }
}

const failed = (name: string, setting: Setting, { message }: Error): Row => ({
  ...{ name, ...setting, result: 'failed', seconds: 0, reason: message },
});

/** What is asked for, or a refusal. */
function chosen(name: string, strategy: string): { readonly story: Story; readonly setting: Setting } {
  try {
    const { story } = shippedStory(name);
    const [setting] = settingsOf(strategy || (story.config.strategies[0] ?? ''), 'kubewire');
    if (setting) return { story, setting };
  } catch (error) {
    if (error instanceof Fault) throw badRequest(error.message);
    throw error;
  }
  throw badRequest('say with which strategy it is to be played');
}

/** One at a time: each is a whole lab. */
export class Plays {
  #busy = false;

  /** POST /dash/scenarios/NAME?strategy= → lines of JSON, each a ScenarioNews, until the story has ended. */
  serve(c: Context): Response {
    if (this.#busy) throw badRequest('a story is being played: wait until it has ended');
    const name = c.req.param('name') ?? '';
    const { story, setting } = chosen(name, c.req.query('strategy') ?? '');
    this.#busy = true;
    const encoder = new TextEncoder();
    let heard = true;
    const body = new ReadableStream({
      start: async (line) => {
        const tell: Tell = (news) => {
          if (heard) line.enqueue(encoder.encode(`${JSON.stringify(news)}\n`));
        };
        const row = await play(name, story, setting, tell).catch((error) => failed(name, setting, error as Error));
        this.#busy = false;
        tell({ type: 'end', row });
        if (heard) line.close();
      },
      // Whoever goes away does not end it: its lab must be taken down in order.
      cancel: () => {
        heard = false;
      },
    });
    return new Response(body, { headers: { 'content-type': 'application/x-ndjson' } });
  }
}
