// podfiles.ts - the files of the pods of a lab: written into its store when a program is to see them, and kept up to date.
//
// A pod in which nothing runs costs nothing: its files are written with its first program.
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import type { Container, KubeObject, Pod } from '../../model/objects.js';
import { after } from '../../model/timer.js';
import { createStore, createView, type FileStore, type FileView, type StoreMount } from '../host/files.js';
import { writeVolume } from './atomic.js';
import { accountOf } from './fields.js';
import { ACCOUNT_SECONDS, ACCOUNT_VOLUME, mountsFor, volumesOf, wantsAccount } from './mounts.js';
import { hostnameOf, hostsFile, type NamePlace, resolvFile } from './network.js';
import { filesOf, isFrom, TOKEN_SECONDS, type Volume, type VolumeFiles, type VolumeWorld } from './sources.js';

interface PodFilesOptions extends VolumeWorld {
  /** PEM text of the authority that signed the API server's certificate; null: the API is not served. */
  readonly certificate: string | null;
  readonly clock: () => Date;
  /** Tells the user about files that could not be kept up to date. */
  readonly report: (message: string) => void;
}

/** A pod that has files. */
interface Kept {
  pod: Pod;
  readonly views: Map<string, FileView>;
  /** Volumes that have been written, by name; null: a folder that programs fill. */
  readonly volumes: Map<string, Volume | null>;
  stopRefresh: () => void;
}

/** Of a token's life, when it is replaced (kubelet: 80 %). */
const REFRESH = 0.8;
const SECOND_MS = 1000;

/** What every pod has without asking for it. */
function accountVolume(): Volume {
  return {
    name: ACCOUNT_VOLUME,
    projected: {
      sources: [
        { serviceAccountToken: { path: 'token', expirationSeconds: ACCOUNT_SECONDS } },
        { downwardAPI: { items: [{ path: 'namespace', fieldRef: { fieldPath: 'metadata.namespace' } }] } },
      ],
    },
  };
}

function machineFile(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

/** What of names is the machine's. */
export const machineNames = (): NamePlace['machine'] => ({
  resolv: machineFile('/etc/resolv.conf'),
  hosts: machineFile('/etc/hosts'),
});

export class PodFiles {
  readonly #options: PodFilesOptions;
  readonly #pods = new Map<string, Kept>();
  #store: FileStore | null = null;
  #versions = 0;

  constructor(options: PodFilesOptions) {
    this.#options = options;
  }

  /**
   * What the programs of a container see of files. Rejects with what the kernel says.
   * @param env of the container, for subPathExpr
   */
  async view(
    pod: Pod,
    container: Container,
    place: NamePlace,
    env: Readonly<Record<string, string>>,
  ): Promise<FileView> {
    const uid = pod.metadata.uid ?? '';
    const kept = this.#keep(uid, pod);
    const known = kept.views.get(container.name);
    if (known) return known;
    const account = this.#hasAccount(pod);
    const placed = mountsFor(pod, container, env, account);
    for (const name of new Set(placed.map(({ volume }) => volume))) await this.#provide(uid, kept, name);
    const mounts = [
      ...this.#networkFiles(uid, pod, place),
      ...placed.flatMap(({ volume, subPath, target, readOnly }): StoreMount[] => {
        const source = join(this.#folder(uid, kept, volume), subPath);
        // Below a folder that programs fill, a subPath is made; of given files it must be one.
        if (kept.volumes.get(volume) === null) mkdirSync(this.#path(source), { recursive: true });
        return existsSync(this.#path(source)) ? [{ source, target, readOnly }] : [];
      }),
    ];
    // Somebody else may have been faster while the files were written.
    const made = kept.views.get(container.name) ?? createView(this.#files, mounts);
    if (this.#pods.get(uid) !== kept) {
      made.close();
      throw new Error('the pod has ended');
    }
    kept.views.set(container.name, made);
    return made;
  }

  /** An object has changed that volumes may be made from. */
  async changed({ kind, metadata }: KubeObject): Promise<void> {
    if (kind !== 'ConfigMap' && kind !== 'Secret') return;
    for (const [uid, kept] of this.#pods) {
      if ((kept.pod.metadata.namespace ?? 'default') !== metadata.namespace) continue;
      for (const [name, volume] of kept.volumes)
        if (volume && isFrom(volume, kind, metadata.name)) await this.#tryWrite(uid, kept, name, volume);
    }
  }

  /** A pod has changed: its labels and annotations may be in its files. */
  async updated(pod: Pod): Promise<void> {
    const uid = pod.metadata.uid ?? '';
    const kept = this.#pods.get(uid);
    if (!kept) return;
    kept.pod = pod;
    for (const [name, volume] of kept.volumes)
      if (volume?.downwardAPI || volume?.projected?.sources?.some(({ downwardAPI }) => downwardAPI))
        await this.#tryWrite(uid, kept, name, volume);
  }

  forget(uid: string): void {
    const kept = this.#pods.get(uid);
    if (!kept) return;
    this.#pods.delete(uid);
    kept.stopRefresh();
    for (const view of kept.views.values()) view.close();
    rmSync(this.#path(`pods/${uid}`), { recursive: true, force: true });
  }

  close(): void {
    for (const uid of [...this.#pods.keys()]) this.forget(uid);
    this.#store?.close();
    this.#store = null;
  }

  get #files(): FileStore {
    this.#store ??= createStore();
    return this.#store;
  }

  #path(source: string): string {
    return join(this.#files.path, source);
  }

  #keep(uid: string, pod: Pod): Kept {
    const kept = this.#pods.get(uid) ?? { pod, views: new Map(), volumes: new Map(), stopRefresh: () => undefined };
    kept.pod = pod;
    this.#pods.set(uid, kept);
    return kept;
  }

  #hasAccount(pod: Pod): boolean {
    const { get, token, certificate } = this.#options;
    const account = get('ServiceAccount', pod.metadata.namespace ?? 'default', accountOf(pod.spec));
    return token !== null && certificate !== null && wantsAccount(pod, account);
  }

  /** A claim is one folder for all pods that have it. */
  #folder(uid: string, { pod }: Kept, name: string): string {
    const claim = volumesOf(pod).find((one) => one.name === name)?.persistentVolumeClaim?.claimName;
    return claim ? `claims/${pod.metadata.namespace ?? 'default'}/${claim}` : `pods/${uid}/volumes/${name}`;
  }

  /** Makes the volume's files, once. */
  async #provide(uid: string, kept: Kept, name: string): Promise<void> {
    if (kept.volumes.has(name)) return;
    const volume = name === ACCOUNT_VOLUME ? accountVolume() : volumesOf(kept.pod).find((one) => one.name === name);
    if (!volume) return;
    mkdirSync(this.#path(this.#folder(uid, kept, name)), { recursive: true, mode: 0o777 });
    kept.volumes.set(name, (await this.#write(uid, kept, name, volume)) ? volume : null);
    if (volume.projected) this.#refreshTokens(uid, kept);
  }

  /** As write; what goes wrong is told, because nobody waits for it. */
  async #tryWrite(uid: string, kept: Kept, name: string, volume: Volume): Promise<void> {
    const { namespace = 'default', name: pod } = kept.pod.metadata;
    await this.#write(uid, kept, name, volume).catch((error: Error) =>
      this.#options.report(`pod ${namespace}/${pod}: volume ${name} is as it was: ${error.message}`),
    );
  }

  /** Returns false for a volume that is a folder which programs fill. */
  async #write(uid: string, kept: Kept, name: string, volume: Volume): Promise<boolean> {
    const made = await filesOf(kept.pod, volume, this.#options);
    if (!made) return false;
    if (this.#pods.get(uid) !== kept) return true;
    const { certificate, clock } = this.#options;
    const files: VolumeFiles = made.files;
    if (name === ACCOUNT_VOLUME && certificate !== null)
      files.set('ca.crt', { bytes: Buffer.from(certificate), mode: 0o644 });
    const stamp = clock().toISOString().replaceAll(/[-T:]/g, '_').replace('Z', '');
    writeVolume(this.#path(this.#folder(uid, kept, name)), files, `${stamp}.${++this.#versions}`);
    return true;
  }

  /** Tokens end; the files get new ones before. */
  #refreshTokens(uid: string, kept: Kept): void {
    kept.stopRefresh();
    const seconds = [...kept.volumes.values()]
      .flatMap((volume) => volume?.projected?.sources ?? [])
      .flatMap(({ serviceAccountToken }) =>
        serviceAccountToken ? [serviceAccountToken.expirationSeconds ?? TOKEN_SECONDS] : [],
      );
    if (seconds.length === 0) return;
    const again = async (): Promise<void> => {
      for (const [name, volume] of kept.volumes) if (volume?.projected) await this.#tryWrite(uid, kept, name, volume);
      if (this.#pods.get(uid) === kept) this.#refreshTokens(uid, kept);
    };
    kept.stopRefresh = after(Math.min(...seconds) * REFRESH * SECOND_MS, () => void again(), { unref: true });
  }

  /** /etc/resolv.conf and its neighbours, and nothing of this machine's user that leads out of the lab. */
  #networkFiles(uid: string, pod: Pod, place: NamePlace): StoreMount[] {
    const texts: Readonly<Record<string, string>> = {
      '/etc/resolv.conf': resolvFile(pod, place),
      '/etc/hosts': hostsFile(pod, place),
      '/etc/hostname': `${hostnameOf(pod, place)}\n`,
    };
    const folder = `pods/${uid}`;
    const files = Object.entries(texts).map(([target, text]): StoreMount => {
      const source = `${folder}${target}`;
      mkdirSync(dirname(this.#path(source)), { recursive: true });
      writeFileSync(this.#path(source), text);
      return { source, target, readOnly: false };
    });
    const config = join(homedir(), '.kube');
    if (!existsSync(config)) return files;
    mkdirSync(this.#path(`${folder}/kube`), { recursive: true });
    return [...files, { source: `${folder}/kube`, target: config, readOnly: false }];
  }
}
