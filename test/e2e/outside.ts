// outside.ts - the outside client of a user's lab: the real curl and nc in its network, what they say, and whom they trust.
import { execFile, execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { urlHost } from '../../src/model/address.js';
import type { User } from './harness.js';

export interface CurlResult {
  /** 0: no response came. */
  readonly status: number;
  readonly version: string;
  /** Names in lower case, the last of each. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** Exit code of curl. */
  readonly code: number;
}

/** The request as the pod got it. */
interface Heard {
  readonly method: string;
  readonly url: string;
  readonly httpVersion: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** What the default application says to those who accept JSON. */
interface Served {
  readonly pod: string;
  readonly namespace: string;
  readonly request: Heard;
}

/** Whom the pod belongs to: its name without what the Deployment has put at its end. */
export const appOf = ({ pod }: Served): string => pod.replace(/-[a-z0-9]+-[a-z0-9]+$/, '');

/** The last head of curl's output, and what follows it; earlier ones are `100 Continue` and the like. */
function parseOutput(output: string): Omit<CurlResult, 'code'> {
  let [head, body] = ['', output];
  while (/^HTTP\/[\d.]+ \d+/.test(body)) {
    const end = body.indexOf('\r\n\r\n');
    if (end < 0) break;
    [head, body] = [body.slice(0, end), body.slice(end + 4)];
    if (!/^HTTP\/[\d.]+ 1(?!01)\d\d/.test(head)) break;
  }
  const [, version = '', status = '0'] = /^HTTP\/([\d.]+) (\d+)/.exec(head) ?? [];
  const lines = head.split('\r\n').slice(1);
  const headers = lines.map((line) => {
    const colon = line.indexOf(':');
    return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()] as const;
  });
  return { status: Number(status), version, headers: Object.fromEntries(headers), body };
}

export class Outside {
  readonly #namespace: string;

  private constructor(namespace: string) {
    this.#namespace = namespace;
  }

  static async of(user: User): Promise<Outside> {
    const path = '{.metadata.annotations.kubewire\\.dev/netns}';
    return new Outside(await user.must('get', 'client', 'outside', '-o', `jsonpath=${path}`));
  }

  /** Runs a program to its end and resolves with what it printed, and its exit code. */
  run(program: string, words: readonly string[], input = ''): Promise<{ stdout: string; code: number }> {
    return new Promise((resolve) => {
      const argv = [`--net=${this.#namespace}`, program, ...words];
      const child = execFile('nsenter', argv, { timeout: 30_000 }, (error, stdout) => {
        resolve({ stdout, code: error ? ((error.code as unknown as number | undefined) ?? 1) : 0 });
      });
      // A program that reads no input may be gone before it is written.
      child.stdin?.on('error', () => {});
      child.stdin?.end(input);
    });
  }

  /** `curl URL`, whose host is at `address` whatever its name is. Pods that answer do so in JSON. */
  async curl(address: string, url: string, ...words: string[]): Promise<CurlResult> {
    const target = urlHost(address);
    const given = ['-s', '-i', '--max-time', '10', '--connect-to', `::${target}:`, '-H', 'Accept: application/json'];
    const { stdout, code } = await this.run('curl', [...given, ...words, url]);
    return { ...parseOutput(stdout), code };
  }
}

/** Who served it; throws when nobody did. */
export function servedBy({ status, body }: CurlResult): Served {
  if (status !== 200) throw new Error(`status ${status}: ${body}`);
  return JSON.parse(body) as Served;
}

/** The key pair of a host, signed by itself: the path of the certificate, and Secret `conformance-tls`. Needs openssl. */
export function selfSigned(user: User, host: string): { readonly certificate: string; readonly secret: string } {
  const [key, certificate] = [user.file('key.pem', ''), user.file('cert.pem', '')];
  const subject = ['-subj', `/CN=${host}`, '-addext', `subjectAltName=DNS:${host}`];
  const words = ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', '-keyout', key, '-out', certificate];
  execFileSync('openssl', [...words, ...subject], { stdio: 'ignore' });
  const data = (path: string): string => readFileSync(path).toString('base64');
  const secret = {
    ...{ apiVersion: 'v1', kind: 'Secret', type: 'kubernetes.io/tls', metadata: { name: 'conformance-tls' } },
    data: { 'tls.crt': data(certificate), 'tls.key': data(key) },
  };
  return { certificate, secret: JSON.stringify(secret) };
}
