// app.ts - the routes of the API (discovery, health, resources), and how refusals become responses.
import { type Context, Hono } from 'hono';
import type { Cluster } from '../cluster/cluster.js';
import type { Kinds } from '../cluster/kinds/registry.js';
import { methodNotAllowed, noSuchPath } from '../cluster/status.js';
import type { PodRuntime } from '../lab/pods/runtime.js';
import { refuse } from './answer.js';
import { serveApply } from './apply.js';
import { Captures } from './capture/serve.js';
import { type Door, serveDoor } from './dash/door.js';
import { type DataplaneView, serveAffinities, serveFlows, serveLinkCounts, serveLosses } from './dataplane.js';
import { pageNotFound, serveDiscovery, VERSION } from './discovery.js';
import { serveEncodings } from './encoding.js';
import { Exposition } from './exposition.js';
import { Flows } from './flows.js';
import { serveHealth } from './health.js';
import { Metrics } from './metrics.js';
import { OpenApi } from './openapi/document.js';
import { servePodPlace } from './podplace.js';
import { Recordings } from './recording/serve.js';
import { parseTarget, type Target } from './request.js';
import { serveResource } from './resource.js';
import { kubeconfigOf } from './secure/kubeconfig.js';
import type { Access } from './secure/listener.js';
import { ADMIN, userOf } from './secure/users.js';
import { serveBinding } from './subresources/binding.js';
import { serveSubresource } from './subresources/serve.js';

function schemas(app: Hono, kinds: Kinds): void {
  const openApi = new OpenApi(() => kinds.all(), VERSION.gitVersion);
  app.get('/openapi/v2', async (c) => {
    const inProtobuf = (c.req.header('accept') ?? '').includes('protobuf');
    const { text, bytes } = await openApi.swagger();
    if (!inProtobuf) return c.body(text, 200, { 'content-type': 'application/json' });
    return c.body(bytes, 200, { 'content-type': 'application/com.github.proto-openapi.spec.v2.v1.0+protobuf' });
  });
  app.get('/openapi/v3', async (c) => c.json(await openApi.index()));
  app.get('/openapi/v3/*', (c) => {
    const text = openApi.text(new URL(c.req.url).pathname.slice('/openapi/v3/'.length));
    return text === undefined ? c.body('', 404) : c.body(text, 200, { 'content-type': 'application/json' });
  });
}

interface AppParts {
  readonly dataplane?: DataplaneView | undefined;
  /** How clients authenticate over HTTPS. */
  readonly access?: Access | undefined;
  /** The nodes on which pods run. If absent, none can be reached. */
  readonly runtime?: PodRuntime | undefined;
  /** The page for browsers. */
  readonly door?: Door;
  /** A number in [0, 1) that selects the Service endpoint a proxy uses. */
  readonly draw?: () => number;
}

export function createApp(cluster: Cluster, given: AppParts = {}): Hono {
  const { dataplane, access, runtime, door, draw = () => 0 } = given;
  const parts = { cluster, access, runtime, draw };
  const metrics = new Metrics(parts);
  const serve = async (c: Context, target: Target): Promise<Response> =>
    metrics.serve(c, target) ?? serveSubresource(c, parts, target) ?? serveResource(c, parts, target);

  const app = new Hono();
  const { kinds } = cluster.store;
  serveEncodings(app);
  // A write is persisted before it is acknowledged. While the disk refuses, nothing is written at all.
  app.use(async (c, next) => {
    const isWrite = c.req.method !== 'GET';
    if (isWrite && !cluster.canKeep) await cluster.kept();
    await next();
    if (isWrite) await cluster.kept();
  });
  serveHealth(app);
  new Exposition(cluster, dataplane).serve(app);
  serveDiscovery(app, kinds);
  schemas(app, kinds);
  app.post('/apis/kubewire.dev/v1alpha1/apply', (c) => serveApply(c, cluster));
  new Captures(cluster, dataplane).serve(app);
  new Recordings(dataplane).serve(app);
  app.get('/apis/kubewire.dev/v1alpha1/linkcounts', (c) => serveLinkCounts(c, dataplane));
  const flows = new Flows(cluster, dataplane);
  app.get('/apis/kubewire.dev/v1alpha1/flows', (c) => flows.serveList(c));
  app.get('/apis/kubewire.dev/v1alpha1/traffic', (c) => flows.serveTraffic(c));
  app.get('/apis/kubewire.dev/v1alpha1/nodes/:name/flows', (c) => serveFlows(c, c.req.param('name'), dataplane));
  app.get('/apis/kubewire.dev/v1alpha1/nodes/:name/affinities', (c) =>
    serveAffinities(c, c.req.param('name'), dataplane),
  );
  app.get('/apis/kubewire.dev/v1alpha1/nodes/:name/losses', (c) => serveLosses(c, c.req.param('name'), dataplane));
  app.get('/apis/kubewire.dev/v1alpha1/namespaces/:namespace/pods/:name/place', (c) => servePodPlace(c, parts));
  app.get('/apis/kubewire.dev/v1alpha1/kubeconfig', (c) => {
    // It holds the administrator's own key.
    if (!access || userOf(c).username !== ADMIN.username) throw noSuchPath();
    return c.json(kubeconfigOf(access, c.req.query('name') ?? 'kubewire'));
  });
  app.post('/apis/kubewire.dev/v1alpha1/dash', (c) => serveDoor(c, door));
  for (const path of ['/version', '/healthz', '/livez', '/readyz'])
    app.all(path, () => {
      throw methodNotAllowed();
    });
  app.post('/api/v1/namespaces/:namespace/bindings', (c) => {
    const pods = parseTarget(kinds, '', 'v1', `namespaces/${encodeURIComponent(c.req.param('namespace'))}/pods`);
    return serveBinding(c, cluster, pods);
  });
  app.all('/api/v1/*', (c) => {
    const path = new URL(c.req.url).pathname.slice('/api/v1/'.length);
    return serve(c, parseTarget(kinds, '', 'v1', path));
  });
  app.all('/apis/:group/:version/*', (c) => {
    const [, , group = '', version = '', ...rest] = new URL(c.req.url).pathname.split('/');
    return serve(c, parseTarget(kinds, group, version, rest.join('/')));
  });
  app.notFound((c) => (/^\/apis?\//.test(new URL(c.req.url).pathname) ? refuse(c, noSuchPath()) : pageNotFound(c)));
  app.onError((error, c) => refuse(c, error));
  return app;
}
