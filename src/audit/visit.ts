// visit.ts - the objects by which a cluster gathers the rules of its own nodes: a DaemonSet for minutes, and its script.
import type { KubeObject, Node } from '../model/objects.js';
import { RUN_ANNOTATION } from '../topology/annotations.js';

export interface VisitOptions {
  /** A name that no other visit has. */
  readonly name: string;
  readonly namespace: string;
  /** What the pods run: it needs a shell, tar, gzip, base64 and the programs that collect.sh asks for. */
  readonly image: string;
  /** Nodes that keep ordinary pods away are visited, too. */
  readonly allNodes: boolean;
  /** collect.sh. */
  readonly script: string;
}

/** Every object of a visit has this label. */
const VISIT_LABELS = { 'app.kubernetes.io/name': 'kubewire-audit' } as const;
/** Of the pods of one visit, its name. */
export const VISIT_LABEL = 'kubewire.dev/visit';
export const VISIT_CONTAINER = 'collect';

/** Lines around what a pod prints. */
export const FRAME = { begin: '---- node.tgz', end: '---- end' } as const;

const FOLDER = '/kubewire';
/** How long a pod waits to be read and taken away, in seconds. */
const WAIT = 3600;

/** Gathers, prints what it gathered as base64, and waits: a pod of a DaemonSet that ends is started again. */
const PRINT = `#!/bin/sh
# Gathers what this node says about Services (collect.sh beside this file), and prints it for whoever reads the log.
exec 2>&1
sh ${FOLDER}/collect.sh /tmp/node.tgz
echo '${FRAME.begin}'
base64 /tmp/node.tgz
echo '${FRAME.end}'
exec sleep ${WAIT}
`;

/** They see rules, and nothing of the node can be changed but what NET_ADMIN could: iptables-save and nft need it. */
const RIGHTS = {
  runAsUser: 0,
  readOnlyRootFilesystem: true,
  allowPrivilegeEscalation: false,
  capabilities: { drop: ['ALL'], add: ['NET_ADMIN', 'NET_RAW'] },
  seccompProfile: { type: 'RuntimeDefault' },
} as const;

const OS = 'kubernetes.io/os';
const NO_WINDOWS = {
  nodeSelectorTerms: [{ matchExpressions: [{ key: OS, operator: 'NotIn', values: ['windows'] }] }],
};

/** Taints that every pod of a DaemonSet tolerates. */
const TOLERATED =
  /^node\.kubernetes\.io\/(not-ready|unreachable|(disk|memory|pid)-pressure|unschedulable|network-unavailable)$/;

/** Why a node is not visited; '' if it is. */
export function passedOver({ metadata, spec }: Node, allNodes: boolean): string {
  if (metadata.labels?.[OS] === 'windows') return 'it runs Windows';
  const taints = (spec?.taints ?? []) as readonly { readonly key: string; readonly effect: string }[];
  const taint = taints.find(({ key, effect }) => effect !== 'PreferNoSchedule' && !TOLERATED.test(key));
  return taint === undefined || allNodes ? '' : `its taint ${taint.key} keeps pods away (--all-nodes)`;
}

const RUN = ['sh', `${FOLDER}/print.sh`];

function podOf({ name, image, allNodes }: VisitOptions): object {
  return {
    // A lab has no images: it runs what this annotation says.
    metadata: { labels: { ...VISIT_LABELS, [VISIT_LABEL]: name }, annotations: { [RUN_ANNOTATION]: RUN.join(' ') } },
    spec: {
      hostNetwork: true,
      automountServiceAccountToken: false,
      enableServiceLinks: false,
      terminationGracePeriodSeconds: 1,
      affinity: { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: NO_WINDOWS } },
      ...(allNodes ? { tolerations: [{ operator: 'Exists' }] } : {}),
      containers: [
        {
          name: VISIT_CONTAINER,
          image,
          command: RUN,
          securityContext: RIGHTS,
          resources: { requests: { cpu: '10m', memory: '32Mi' }, limits: { memory: '512Mi' } },
          volumeMounts: [
            { name: 'script', mountPath: FOLDER, readOnly: true },
            { name: 'tmp', mountPath: '/tmp' },
          ],
        },
      ],
      volumes: [
        { name: 'script', configMap: { name } },
        { name: 'tmp', emptyDir: {} },
      ],
    },
  };
}

/** In the order in which they are made: path of the list, and the object. */
export function visitObjects(options: VisitOptions): { readonly path: string; readonly object: KubeObject }[] {
  const { name, namespace, script } = options;
  const metadata = { name, namespace, labels: { ...VISIT_LABELS } };
  const config = {
    ...{ apiVersion: 'v1', kind: 'ConfigMap', metadata },
    data: { 'collect.sh': script, 'print.sh': PRINT },
  };
  const pods = {
    ...{ apiVersion: 'apps/v1', kind: 'DaemonSet', metadata },
    spec: { selector: { matchLabels: { [VISIT_LABEL]: name } }, template: podOf(options) },
  };
  return [
    { path: `/api/v1/namespaces/${namespace}/configmaps`, object: config },
    { path: `/apis/apps/v1/namespaces/${namespace}/daemonsets`, object: pods },
  ];
}
