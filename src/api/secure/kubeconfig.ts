// kubeconfig.ts - the file that lets kubectl, helm and client libraries find the server and authenticate (v1 Config).
import type { Access } from './listener.js';

const base64 = (text: string): string => Buffer.from(text).toString('base64');

/** @param name of cluster, user and context: `kubewire`, or `kubewire-LAB` */
export function kubeconfigOf(
  { server, authority, token }: Pick<Access, 'server' | 'authority' | 'token'>,
  name: string,
) {
  return {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name, cluster: { server, 'certificate-authority-data': base64(authority.ca.certificate) } }],
    users: [
      {
        name,
        user: {
          token,
          'client-certificate-data': base64(authority.admin.certificate),
          'client-key-data': base64(authority.admin.key),
        },
      },
    ],
    contexts: [{ name, context: { cluster: name, user: name } }],
    'current-context': name,
    preferences: {},
  };
}
