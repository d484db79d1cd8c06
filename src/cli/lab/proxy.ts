// proxy.ts - the proxy of Ingress and Gateway API as a program: it follows the lab, serves what it says, and writes statuses back.
import { type Compiled, compileRouting, type ProxyFacts } from '../../gateway/compile.js';
import { Forwarder } from '../../gateway/proxy/forward.js';
import { makeOwnPair } from '../../gateway/proxy/own.js';
import { Ports } from '../../gateway/proxy/ports.js';
import { Turns } from '../../gateway/routing/choice.js';
import { timestamp } from '../../model/timestamp.js';
import type { Client } from './client.js';
import { routingObjects, type WatchedRouting, watchRouting, writeBack } from './routing.js';
import { stopSignal } from './signal.js';

/** Changes that come together are compiled together, milliseconds. */
const GATHER_MS = 10;

/** Runs `work` soon after each call, never twice at a time, and once more if a call came while it ran. */
function soon(work: () => Promise<void>): () => void {
  let wanted = false;
  let running = false;
  const run = async (): Promise<void> => {
    running = true;
    while (wanted) {
      await new Promise((resolve) => setTimeout(resolve, GATHER_MS));
      wanted = false;
      await work();
    }
    running = false;
  };
  return () => {
    wanted = true;
    if (!running) void run();
  };
}

/** Says each problem when it appears, and not again as long as it is there. */
function teller(log: (line: string) => void): (problems: readonly string[]) => void {
  let before: readonly string[] = [];
  return (problems) => {
    for (const problem of problems) if (!before.includes(problem)) log(`warning: ${problem}`);
    before = problems;
  };
}

/** Serves Ingresses and Gateways of the running lab until it ends, or this process is asked to. */
export async function serveRouting(client: Client, facts: ProxyFacts, log: (line: string) => void): Promise<void> {
  const asked = stopSignal();
  const tools = {
    forwarder: new Forwarder(),
    turns: new Turns(),
    random: Math.random,
    log,
    own: await makeOwnPair(new Date()),
  };
  const ports = new Ports(tools);
  const tell = teller(log);
  const watched: WatchedRouting = await watchRouting(client, () => asked.stop());
  const follow = soon(async () => {
    const compiled: Compiled = compileRouting(routingObjects(watched), facts, timestamp(new Date()));
    ports.update(compiled.ports);
    tell(compiled.problems);
    await writeBack(client, compiled, ({ message }) => log(`error: ${message}`));
  });
  watched.onChange(follow);
  follow();
  log(`Ingress is served at ports ${facts.http} and ${facts.https}, Gateways at their own.`);
  await asked.promise;
  ports.close();
}
