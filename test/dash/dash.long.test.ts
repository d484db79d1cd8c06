// dash.long.test.ts - the page in a real browser: every view with real traffic, by keys and pointer, light, dark and on a phone.
// Takes turns: a lab and a browser run.
//
// Pictures of all views are made in a temporary folder, whose name is told. With KUBEWIRE_PICTURE=FILE the one that README.md
// shows is made, too.
import assert from 'node:assert/strict';
import type { ChildProcess } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';
import { VIEWS } from '../../src/api/dash/views.js';
import { labUnavailable, programUnavailable, root, shop, User } from '../e2e/harness.js';
import { until } from '../support/eventually.js';

const CHROMIUM = '/usr/bin/chromium';
const REQUESTS = 'while true; do curl -s -m 2 -o /dev/null http://192.168.0.240/; sleep 0.1; done';
const SCREEN = { width: 1280, height: 720 };
const PHONE = { width: 390, height: 844 };

const PICTURES: Readonly<Record<string, string>> = {
  map: '/map',
  service: '/map?select=service/shop/web',
  path: '/path?from=client/outside&to=192.168.0.240:80&strategy=nftables&against=iptables&step=1',
  flows: '/flows?service=shop/web',
  rules: '/rules?search=shop/web',
  charts: '/charts',
  objects: '/objects?kind=services&name=web&in=shop',
  scenarios: '/scenarios?name=hairpin',
  explain: '/explain?from=10.0.0.9&to=10.96.0.1:443',
};

/** What every view has in it once it is drawn. */
const SHOWN = '.map canvas, .path, .rows tbody tr, .chart canvas, .story, .dumps-given';

/** Resolves when everything has been drawn anew. */
const FRAMES =
  'new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(() => requestAnimationFrame(drawn))))';

const skip = labUnavailable() ?? programUnavailable('chromium') ?? false;

describe('the page in a browser', { skip }, () => {
  let user: User;
  let traffic: ChildProcess;
  let browser: Browser;
  let context: BrowserContext;
  let page: Page;
  let address: URL;
  /** What the browser complained about: errors, and whatever the page's policy has kept out. */
  const complaints: string[] = [];

  async function enter(options: Parameters<Browser['newContext']>[0]): Promise<[BrowserContext, Page]> {
    const made = await browser.newContext(options);
    const tab = await made.newPage();
    tab.on('pageerror', ({ message }) => complaints.push(message));
    tab.on('console', (line) => {
      if (line.type() === 'error' && !/status of 4\d\d/.test(line.text())) complaints.push(line.text());
    });
    await tab.goto(address.href);
    return [made, tab];
  }

  const show = (path: string): Promise<unknown> => page.goto(new URL(path, address).href);
  const text = (selector: string): Promise<string> => page.locator(selector).first().innerText();
  const sees = (selector: string, pattern: RegExp): Promise<void> =>
    until(async () => pattern.test((await page.locator(selector).allInnerTexts()).join('\n')));

  /** Lines of traffic have a colour that nothing else on the map has. */
  const coloured = (): Promise<boolean> =>
    page.locator('canvas').evaluate((element) => {
      const canvas = element as unknown as {
        width: number;
        height: number;
        getContext(kind: '2d'): { getImageData(x: number, y: number, w: number, h: number): { data: Uint8Array } };
      };
      const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
      let found = 0;
      for (let i = 0; i < data.length; i += 4)
        if ((data[i] ?? 0) < 80 && (data[i + 2] ?? 0) > 150 && (data[i + 2] ?? 0) - (data[i] ?? 0) > 100) found++;
      return found > 300;
    });

  before(async () => {
    user = new User();
    address = new URL((await user.must('up', '--detach', '--dash', '-f', shop)).trim());
    assert.equal((await user.must('dash', '--no-open')).trim(), address.href);
    traffic = user.start(['exec', 'client/outside', '--', 'sh', '-c', REQUESTS]);
    browser = await chromium.launch({ executablePath: CHROMIUM, args: ['--no-sandbox', '--disable-gpu'] });
    [context, page] = await enter({ viewport: SCREEN });
  });

  after(async () => {
    await browser?.close();
    traffic?.kill();
    await user?.leave();
  });

  test('the map shows the lab, the traffic in it, and where to go from a Service', async () => {
    await show('/map');
    await sees('.head', /3 nodes, \d+ pods, \d+ Services/);
    await until(coloured);
    await show('/map?select=service/shop/web');
    await sees('.details', /LoadBalancer of shop[\s\S]*192\.168\.0\.240[\s\S]*web-/);
    await page.getByRole('link', { name: 'Path to it' }).click();
    await until(() => page.url().includes('/path?to=svc/shop/web:80'));
  });

  test('traffic on the map leads to the path of its packets, by a click on its line and by a link', async () => {
    await show('/map?select=service/shop/web');
    await page
      .getByRole('link', { name: /client\/outside → pod\/shop\/web/ })
      .first()
      .click();
    await until(() => page.url().includes('/path?from=client/outside&to=svc/shop/web:80'));
    await show('/map');
    await until(coloured);
    // Halfway between the client and the load balancer beside it there is nothing but their line.
    const canvas = page.locator('.map canvas');
    const { width, height } = (await canvas.boundingBox()) ?? { width: 0, height: 0 };
    await until(async () => {
      await canvas.click({ position: { x: width * 0.18, y: height / 2 } });
      return new URL(page.url()).pathname === '/path';
    });
  });

  test('the path of a packet is told step by step, with every changed byte marked, under two strategies', async () => {
    await show('/path?from=client/outside&to=192.168.0.240:80&strategy=nftables&against=ipvs');
    await sees('.path', /reaches the LoadBalancer of shop\/web/);
    assert.equal(await page.locator('.path').count(), 2);
    await page.keyboard.press('ArrowRight');
    await until(() => page.url().includes('step=1'));
    const changed = page.locator('.path').first().locator('tr.changed');
    const fields = await changed.locator('td:nth-child(2)').allInnerTexts();
    assert.deepEqual(
      ['TTL', 'checksum', 'source', 'destination', 'source port', 'destination port'].filter(
        (one) => !fields.includes(one),
      ),
      [],
    );
    await sees('.path .rules', /goto external-.*-shop\/web\/tcp\/http[\s\S]*-a -t 192\.168\.0\.240:80/);
    await page.getByRole('button', { name: 'Play' }).click();
    await until(() => page.url().includes('step=2'));
    await page.getByRole('link', { name: 'on the map' }).click();
    await until(() => /way=client\/outside%2Cbalancer%2Cnode/.test(page.url()));
  });

  test('flows are listed live, filtered and looked at', async () => {
    await show('/flows?service=shop/web');
    await sees('.rows tbody', /client\/outside[\s\S]*shop\/web:http/);
    await page.locator('.rows tbody button').first().click();
    await sees('.details', /Request[\s\S]*192\.168\.0\.240:80[\s\S]*becomes[\s\S]*:8080/);
    await show('/flows?search=nothing-has-this');
    await sees('.rows', /No flow passes these filters/);
  });

  test('rules can be searched, and each tells the objects that made it', async () => {
    await show('/rules?strategy=iptables&search=KUBE-SVC shop/web');
    await sees('.rows', /-A KUBE-SVC-[A-Z0-9]{16}/);
    await page.locator('.made a').first().click();
    await until(() => /\/objects\?.*name=web/.test(page.url()));
  });

  test('rules count the connections that they have begun', async () => {
    await show('/rules?search=dnat shop/web');
    const counted = page.locator('.rows tbody tr').filter({ hasText: /dnat ip to numgen/ });
    await until(async () =>
      (await counted.locator('td').allInnerTexts()).slice(1, 3).every((count) => Number(count) > 0),
    );
  });

  test('dumps of a real node are pasted, and explain what becomes of a packet; the server is not asked', async () => {
    const dump = await user.must('rules', '--node', 'node-1', '--strategy', 'iptables');
    const address = /-d (\S+)\/32 .*shop\/database:\S+ cluster IP.* --dport (\d+)/.exec(dump);
    assert.ok(address, dump);
    const [, ip = '', port = ''] = address;
    await show(`/explain?from=10.244.1.9&to=${ip}:${port}&local=192.168.0.11`);
    const asked: string[] = [];
    page.on('request', (request) => asked.push(request.url()));
    await page.getByLabel('Dumps', { exact: true }).fill(dump);
    await sees(
      '.explained',
      /The packet goes to 10\.244\.\d+\.\d+:5432[\s\S]*KUBE-SVC-[\s\S]*KUBE-SEP-[\s\S]*pasted:\d+/,
    );
    await page.getByLabel('Dumps', { exact: true }).fill(`${dump}*nat\n-A`);
    await sees('.problem', /pasted:\d+/);
    assert.deepEqual(asked, []);
  });

  test('charts draw what the dataplane counts', async () => {
    await show('/charts');
    assert.equal(await page.locator('.chart canvas').count(), 5);
    await sees('.chart:first-child .legend', /node-1 [1-9]/);
    await show('/charts?service=shop/web');
    await sees('.chart:first-child .legend', /shop\/web-\S+ \d/);
  });

  test('an object is edited with mistakes at their lines and a preview, and applied', async () => {
    await show('/objects?kind=services&name=api&in=shop');
    await sees('.cm-content', /kind: Service/);
    const edit = (from: string, to: string): Promise<void> =>
      page.locator('.cm-content').evaluate(
        (element, [old, young]) => {
          const { view } = (element as unknown as { cmTile: { view: EditorLike } }).cmTile;
          const at = view.state.doc.toString().indexOf(old as string);
          view.dispatch({ changes: { from: at, to: at + (old as string).length, insert: young as string } });
        },
        [from, to],
      );
    await edit('externalTrafficPolicy: Local', 'externalTrafficPolicy: Somewhere');
    await sees('.preview', /Unsupported value: "Somewhere"/);
    await page.getByRole('button', { name: 'Apply' }).click();
    await until(async () => (await page.locator('.cm-lintRange-error').count()) > 0);
    assert.equal(await text('.cm-lintRange-error'), 'Somewhere');
    await edit('Somewhere', 'Cluster');
    await sees('.preview', /classes of packets end otherwise/);
    await page.getByRole('button', { name: 'Apply' }).click();
    await sees('.object', /Applied\./);
    assert.match(await user.must('get', 'svc', 'api', '-n', 'shop', '-o', 'yaml'), /externalTrafficPolicy: Cluster/);
    await edit('kind: Service', 'kind: [Service');
    await until(async () => (await page.locator('.cm-lint-marker-error').count()) > 0);
    await page.getByRole('button', { name: 'Revert' }).click();
    await sees('.cm-content', /kind: Service/);
  });

  test('a Deployment is scaled, and a pod deleted', async () => {
    await show('/objects?kind=deployments&name=web&in=shop');
    await page.locator('.scale input').fill('4');
    await page.getByRole('button', { name: 'Scale' }).click();
    await show('/objects?kind=pods&ns=shop&search=web');
    await until(async () => (await page.locator('.rows tbody tr').count()) === 4);
    await page.locator('.rows tbody button').first().click();
    const gone = await text('.details h2');
    await page.getByRole('button', { name: 'Delete' }).click();
    await page.getByRole('button', { name: `Delete ${gone}?` }).click();
    await until(async () => !(await page.locator('.rows tbody').innerText()).includes(gone));
  });

  test('a node is cordoned, stopped and started', async () => {
    await show('/objects?kind=nodes&name=node-3');
    await page.getByRole('button', { name: 'Cordon' }).click();
    await page.getByRole('button', { name: 'Uncordon' }).click();
    await page.getByRole('button', { name: 'Stop' }).click();
    await page.getByRole('button', { name: 'Start' }).click();
    await page.getByRole('button', { name: 'Stop' }).waitFor();
    assert.doesNotMatch(await user.must('status'), /node-3 .*stopped/);
  });

  test('the way to a Service is impaired and mended', async () => {
    await show('/objects?kind=services&name=api&in=shop');
    await page.getByText('Impair the way to it').click();
    await page.getByLabel('delay').fill('soon');
    await page.getByRole('button', { name: 'Impair' }).click();
    await sees('.links [role=alert]', /soon/);
    await page.getByLabel('delay').fill('20ms');
    await page.getByRole('button', { name: 'Impair' }).click();
    await sees('.links li', /from any, delay 20ms/);
    assert.match(await user.must('impair'), /svc\/shop\/api +delay 20ms/);
    await page.getByRole('button', { name: 'Mend' }).click();
    await until(async () => (await page.locator('.links li').count()) === 0);
  });

  test('a shell runs in a pod', async () => {
    const [pod = ''] = (await user.must('get', 'pods', '-n', 'shop', '-l', 'app=web', '-o', 'name')).trim().split('\n');
    await show(`/objects?kind=pods&in=shop&name=${pod.replace('pod/', '')}&tab=shell`);
    await until(async () => (await page.locator('.xterm-helper-textarea').count()) > 0);
    await page.locator('.xterm-helper-textarea').focus();
    await page.keyboard.type('echo $((6 * 7))-is-it\n');
    await sees('.xterm-rows', /42-is-it/);
  });

  test('a story is read, played in a lab of its own that can be watched, and says of each command whether it fits', async () => {
    await show('/scenarios?name=hairpin&strategy=ipvs');
    await sees('.story', /A pod asks a Service[\s\S]*\$ kubewire exec me -- curl/);
    await page.getByRole('button', { name: 'Run' }).click();
    const watch = page.getByRole('link', { name: 'Watch its packets' });
    await watch.waitFor({ timeout: 60_000 });
    const own = (await watch.getAttribute('href')) ?? '';
    assert.notEqual(new URL(own).port, address.port);
    await page.locator('.story .answer.good').waitFor({ timeout: 60_000 });
    await sees('.story .answer', /^passed in \d/);
    assert.equal(await page.locator('.step.bad').count(), 0);
    await sees('.step.good', /pod: me\nclient: 192\.168\.0\.11:\d+/);
  });

  test('what is wrong in an address is told at its place, and the page stays', async () => {
    for (const [path, told] of [
      ['/path?from=pod/nobody&to=svc/shop/web:80', /no pod "default\/nobody"/],
      ['/path?from=client/outside&to=what%20is%20this', /what is this/],
      ['/rules?node=node-9', /no node "node-9"/],
      ['/rules?strategy=magic', /unknown strategy "magic"/],
      ['/objects?kind=nonsense', /no kind "nonsense"/],
      ['/objects?kind=pods&name=ghost&in=shop', /pods "ghost" not found/],
    ] as const) {
      await show(path);
      await sees('.problem', told);
      assert.equal(await page.locator('.rail a').count(), VIEWS.length);
    }
  });

  test('keys lead everywhere', async () => {
    await show('/map');
    await sees('.head', /Map/);
    await page.keyboard.press('4');
    await until(() => new URL(page.url()).pathname === '/rules');
    await page.keyboard.press('/');
    assert.equal(await page.evaluate('document.activeElement.tagName'), 'SELECT');
    await page.keyboard.press('Tab');
    assert.match(String(await page.evaluate('getComputedStyle(document.activeElement).outlineStyle')), /solid|auto/);
    await page.evaluate('document.activeElement.blur()');
    await page.keyboard.press('?');
    await sees('.help', /go to a view/);
  });

  test('every view fits a screen and a phone, light and dark', async (t) => {
    const folder = mkdtempSync(join(tmpdir(), 'kubewire-pictures-'));
    t.diagnostic(`pictures: ${folder}`);
    const [own, tab] = await enter({ viewport: SCREEN });
    for (const [name, path] of Object.entries(PICTURES)) {
      await tab.goto(new URL(path, address).href);
      await tab.locator(SHOWN).first().waitFor();
      await tab.locator('.state.live').waitFor();
      for (const [size, viewport] of Object.entries({ screen: SCREEN, phone: PHONE })) {
        await tab.setViewportSize(viewport);
        const wide = Number(await tab.evaluate('document.documentElement.scrollWidth'));
        assert.ok(wide <= viewport.width, `${name} on a ${size} is ${wide} pixels wide`);
        for (const colorScheme of ['light', 'dark'] as const) {
          await tab.emulateMedia({ colorScheme });
          await tab.evaluate(FRAMES);
          await tab.screenshot({ path: join(folder, `${name}-${size}-${colorScheme}.png`) });
        }
      }
      await tab.setViewportSize(SCREEN);
    }
    await own.close();
  });

  test('the picture for README.md is made on demand', {
    skip: process.env.KUBEWIRE_PICTURE ? false : 'KUBEWIRE_PICTURE is not set',
  }, async () => {
    const path = join(root, process.env.KUBEWIRE_PICTURE ?? '');
    await show('/map?select=service/shop/web');
    await sees('.details', /packets\/s/);
    await page.screenshot({ path });
  });

  test('the browser had nothing to complain about, and nothing came from elsewhere', async () => {
    assert.deepEqual(complaints, []);
    await context.close();
  });
});

interface EditorLike {
  readonly state: { readonly doc: { toString(): string } };
  dispatch(change: { changes: { from: number; to: number; insert: string } }): void;
}
