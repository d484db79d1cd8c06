// identity.ts - who a server is to its clients: certificates, the administrator's token, the key that signs tokens; kept where its state is.
import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject, randomBytes } from 'node:crypto';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Fault } from '../../model/fault.js';
import { type Authority, makeAuthority } from './authority.js';

interface Identity {
  readonly authority: Authority;
  /** The administrator's bearer token. */
  readonly token: string;
  /** Signs tokens of ServiceAccounts. */
  readonly signing: { readonly privateKey: KeyObject; readonly publicKey: KeyObject };
}

/** As it is in the file: keys as PEM. */
interface Kept {
  /** DNS names and addresses that the server's certificate is for. */
  readonly names: readonly string[];
  readonly authority: Authority;
  readonly token: string;
  readonly signing: string;
}

/** 256 bits. */
const TOKEN_BYTES = 32;

async function make(names: readonly string[], now: Date): Promise<Kept> {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return {
    names,
    authority: await makeAuthority({ names, now }),
    token: randomBytes(TOKEN_BYTES).toString('base64url'),
    signing: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
  };
}

/** Throws Fault USAGE for a file that is damaged. */
async function recall(path: string): Promise<Kept | null> {
  try {
    return JSON.parse(await readFile(path, 'utf8')) as Kept;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw new Fault(
      'USAGE',
      `cannot read ${path}: ${(error as Error).message}`,
      'Remove it: clients then need the kubeconfig anew.',
    );
  }
}

function used({ authority, token, signing }: Kept): Identity {
  const privateKey = createPrivateKey(signing);
  return { authority, token, signing: { privateKey, publicKey: createPublicKey(privateKey) } };
}

/**
 * The identity of a directory, so that clients know a server that was started again; another one if it has other names. Only
 * its owner reads the file.
 * @param directory undefined: nothing is kept
 */
export async function identityOf(
  directory: string | undefined,
  names: readonly string[],
  now: Date,
): Promise<Identity> {
  if (directory === undefined) return used(await make(names, now));
  const path = join(directory, 'identity.json');
  const kept = await recall(path);
  if (kept !== null && kept.names.join() === names.join()) return used(kept);
  const made = await make(names, now);
  await mkdir(directory, { recursive: true, mode: 0o700 });
  await writeFile(`${path}.next`, JSON.stringify(made), { mode: 0o600 });
  await rename(`${path}.next`, path);
  return used(made);
}
