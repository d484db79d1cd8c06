// generate.ts - objects from words: `create namespace`, `create deployment`, `create service`, `create ingress`.
import type { KubeObject, Labels, ServicePort } from '../../model/objects.js';
import { type Exit, usage } from '../failure.js';

export interface GenerateFlags {
  readonly tcp?: readonly string[];
  readonly udp?: readonly string[];
  readonly nodePort?: string;
  readonly clusterip?: string;
  readonly externalName?: string;
  readonly image?: readonly string[];
  readonly replicas?: string;
  readonly port?: string;
  readonly rule?: readonly string[];
  readonly class?: string;
  readonly defaultBackend?: string;
}

const wrong = (message: string): Exit => usage(message, 'create');

const appLabel = (name: string): Labels => ({ app: name });

function portNumber(text: string, flag: string): number {
  if (!/^\d+$/.test(text)) throw wrong(`--${flag} takes port numbers, not "${text}"`);
  return Number(text);
}

/** `5678:8080`, `5678:name` or `80`. */
function servicePort(text: string, protocol: 'TCP' | 'UDP', nodePort: number | undefined): ServicePort {
  const flag = protocol.toLowerCase();
  const [port = '', target = port, ...more] = text.split(':');
  if (more.length > 0 || target === '') throw wrong(`--${flag} takes PORT or PORT:TARGET, not "${text}"`);
  return {
    name: target === port ? port : `${port}-${target}`,
    ...(nodePort === undefined ? {} : { nodePort }),
    port: portNumber(port, flag),
    protocol,
    targetPort: /^\d+$/.test(target) ? Number(target) : target,
  };
}

const SERVICE_TYPES: Readonly<Record<string, string>> = {
  clusterip: 'ClusterIP',
  nodeport: 'NodePort',
  loadbalancer: 'LoadBalancer',
  externalname: 'ExternalName',
};

function service(words: readonly string[], flags: GenerateFlags): KubeObject {
  const [word = '', name = ''] = words;
  const type = SERVICE_TYPES[word.toLowerCase()];
  if (!type)
    throw wrong(`a service is one of ${Object.keys(SERVICE_TYPES).join(', ')}: kubewire create service TYPE NAME`);
  if (name === '' || words.length > 2)
    throw wrong(`exactly one NAME is required: kubewire create service ${word} NAME`);
  const nodePort = flags.nodePort === undefined ? undefined : portNumber(flags.nodePort, 'node-port');
  const ports = [
    ...(flags.tcp ?? []).map((text) => servicePort(text, 'TCP', nodePort)),
    ...(flags.udp ?? []).map((text) => servicePort(text, 'UDP', nodePort)),
  ];
  if (type === 'ExternalName' && flags.externalName === undefined) throw wrong('--external-name is required');
  if (type !== 'ExternalName' && flags.clusterip !== 'None' && ports.length === 0) {
    throw wrong('at least one port is required: --tcp PORT[:TARGET] or --udp PORT[:TARGET]');
  }
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { labels: appLabel(name), name },
    spec: {
      ...(flags.clusterip === undefined ? {} : { clusterIP: flags.clusterip }),
      ...(flags.externalName === undefined ? {} : { externalName: flags.externalName }),
      ...(ports.length > 0 ? { ports } : {}),
      selector: appLabel(name),
      type,
    },
    status: { loadBalancer: {} },
  };
}

/** `registry/path/nginx:1.2@sha256:…` → `nginx`, in the letters of a DNS label. */
function containerName(image: string): string {
  const last = image.split('/').at(-1) ?? image;
  return (last.split(/[:@]/)[0] ?? last).replaceAll('_', '-').toLowerCase();
}

function deployment(name: string, flags: GenerateFlags): KubeObject {
  const images = flags.image ?? [];
  if (images.length === 0) throw wrong('required flag(s) "image" not set');
  const replicas = flags.replicas ?? '1';
  if (!/^\d+$/.test(replicas)) throw wrong(`--replicas must be a whole number, not "${replicas}"`);
  const ports = flags.port === undefined ? {} : { ports: [{ containerPort: portNumber(flags.port, 'port') }] };
  const containers = images.map((image) => ({ image, name: containerName(image), ...ports, resources: {} }));
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { labels: appLabel(name), name },
    spec: {
      replicas: Number(replicas),
      selector: { matchLabels: appLabel(name) },
      strategy: {},
      template: { metadata: { labels: appLabel(name) }, spec: { containers } },
    },
    status: {},
  };
}

function backend(text: string): object {
  const [name = '', port = ''] = text.split(':');
  if (name === '' || port === '') throw wrong(`a backend is SERVICE:PORT, not "${text}"`);
  return { service: { name, port: /^\d+$/.test(port) ? { number: Number(port) } : { name: port } } };
}

interface IngressRule {
  readonly host: string;
  readonly path: { readonly backend: object; readonly path: string; readonly pathType: 'Exact' | 'Prefix' };
  /** Name of the secret; '' for the one of the Ingress class, undefined for no TLS. */
  readonly tls: string | undefined;
}

/** `host/path=service:port[,tls[=secret]]`; a `*` at the end of the path makes it a prefix. */
function ingressRule(text: string): IngressRule {
  const [main = '', ...options] = text.split(',');
  const match = /^([^/=]*)(\/[^=]*?)(\*?)=(.+)$/.exec(main);
  if (!match) throw wrong(`a rule is HOST/PATH=SERVICE:PORT[,tls[=SECRET]], not "${text}"`);
  const [, host = '', path = '', star = '', target = ''] = match;
  const tls = options.find((option) => /^tls(=|$)/.test(option));
  const other = options.find((option) => option !== tls);
  if (other !== undefined) throw wrong(`a rule ends with tls or tls=SECRET, not "${other}"`);
  return {
    host,
    path: { backend: backend(target), path, pathType: star === '*' ? 'Prefix' : 'Exact' },
    tls: tls === undefined ? undefined : tls.slice('tls='.length),
  };
}

function ingress(name: string, flags: GenerateFlags): KubeObject {
  const rules = (flags.rule ?? []).map(ingressRule);
  if (rules.length === 0 && flags.defaultBackend === undefined)
    throw wrong('a --rule or a --default-backend is required');
  const hosts = [...new Set(rules.map(({ host }) => host))];
  const secured = rules.filter(({ tls }) => tls !== undefined);
  const tls = [...new Set(secured.map((rule) => rule.tls ?? ''))].map((secret) => ({
    hosts: [...new Set(secured.filter((rule) => rule.tls === secret).map(({ host }) => host))],
    ...(secret === '' ? {} : { secretName: secret }),
  }));
  return {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'Ingress',
    metadata: { name },
    spec: {
      ...(flags.class === undefined ? {} : { ingressClassName: flags.class }),
      ...(flags.defaultBackend === undefined ? {} : { defaultBackend: backend(flags.defaultBackend) }),
      ...(rules.length === 0
        ? {}
        : {
            rules: hosts.map((host) => ({
              ...(host === '' ? {} : { host }),
              http: { paths: rules.filter((rule) => rule.host === host).map(({ path }) => path) },
            })),
          }),
      ...(tls.length > 0 ? { tls } : {}),
    },
    status: { loadBalancer: {} },
  };
}

const GENERATORS: Readonly<Record<string, (name: string, flags: GenerateFlags) => KubeObject>> = {
  namespace: (name) => ({ apiVersion: 'v1', kind: 'Namespace', metadata: { name }, spec: {}, status: {} }),
  deployment,
  ingress,
};

const ALIASES: Readonly<Record<string, string>> = {
  ns: 'namespace',
  deploy: 'deployment',
  ing: 'ingress',
  svc: 'service',
};

/** The object that the words describe. Throws Exit 2 if they describe none. */
export function generate(words: readonly string[], flags: GenerateFlags): KubeObject {
  const [word = '', ...rest] = words;
  const type = ALIASES[word] ?? word;
  if (type === 'service') return service(rest, flags);
  const make = GENERATORS[type];
  if (!make) {
    throw wrong(
      `cannot create "${word}" from words, only namespace, service, deployment and ingress; for others use -f`,
    );
  }
  const [name = ''] = rest;
  if (name === '' || rest.length > 1) throw wrong(`exactly one NAME is required: kubewire create ${type} NAME`);
  return make(name, flags);
}
