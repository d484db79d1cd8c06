// asked.ts - which nodes and which Service the flags of a verb about connections mean.
import type { KubeObject, Service } from '../../model/objects.js';
import { nodeNamed, serviceNamed } from '../../topology/naming.js';
import { Kinds } from '../objects/discovery.js';
import { listObjects } from '../objects/fetch.js';
import type { Client } from './client.js';
import { listAll } from './objects.js';

/** `namespace/name` of the Service that was meant. Even a deleted one may still have connections: those in `tracked`. */
export async function serviceAsked(
  client: Client,
  tracked: readonly (string | null)[],
  { service, namespace = 'default' }: { readonly service?: string; readonly namespace?: string },
): Promise<string | undefined> {
  if (service === undefined) return undefined;
  const present = (await listAll<Service>(client, 'Service')).map(({ metadata: { namespace, name } }) => ({
    metadata: { namespace: namespace ?? 'default', name },
  }));
  const gone = tracked.flatMap((text) => {
    const [namespace = '', name] = (text ?? '').split(':')[0]?.split('/') ?? [];
    return name === undefined ? [] : [{ metadata: { namespace, name } }];
  });
  const { metadata } = serviceNamed(service, [...present, ...gone], namespace);
  return `${metadata.namespace}/${metadata.name}`;
}

/** The node that was meant, or all of them. */
export async function nodesAsked(client: Client, node: string | undefined): Promise<string[]> {
  const kinds = await Kinds.load(client);
  const { objects } = await listObjects(client, kinds.resolve('nodes'), { namespace: undefined });
  const known = objects.map(({ metadata }: KubeObject) => metadata.name);
  if (node === undefined) return known;
  return [
    nodeNamed(
      node,
      known.map((name) => ({ name })),
    ).name,
  ];
}
