// headers.ts - SPDY/3 header blocks: names and values, compressed by zlib with a dictionary, one stream per direction.
//
// Draft 3 §2.6.10: the dictionary is words with their lengths in front, and text that often follows.
import { constants, createDeflate, createInflate, type Deflate, type Inflate } from 'node:zlib';

const WORDS =
  'options head post put delete trace accept accept-charset accept-encoding accept-language accept-ranges age allow ' +
  'authorization cache-control connection content-base content-encoding content-language content-length ' +
  'content-location content-md5 content-range content-type date etag expect expires from host if-match ' +
  'if-modified-since if-none-match if-range if-unmodified-since last-modified location max-forwards pragma ' +
  'proxy-authenticate proxy-authorization range referer retry-after server te trailer transfer-encoding upgrade ' +
  'user-agent vary via warning www-authenticate method get status|200 OK|version HTTP/1.1 url public set-cookie ' +
  'keep-alive origin';
const TEXT =
  '100101201202205206300302303304305306307402405406407408409410411412413414415416417502504505203 Non-Authoritative ' +
  'Information204 No Content301 Moved Permanently400 Bad Request401 Unauthorized403 Forbidden404 Not Found500 Internal ' +
  'Server Error501 Not Implemented503 Service UnavailableJan Feb Mar Apr May Jun Jul Aug Sept Oct Nov Dec 00:00:00 Mon, ' +
  'Tue, Wed, Thu, Fri, Sat, Sun, GMTchunked,text/html,image/png,image/jpg,image/gif,application/xml,' +
  'application/xhtml+xml,text/plain,text/javascript,publicprivatemax-age=gzip,deflate,sdchcharset=utf-8' +
  'charset=iso-8859-1,utf-,*,enq=0.';

const counted = (text: string): Buffer => {
  const bytes = Buffer.alloc(4 + text.length);
  bytes.writeUInt32BE(text.length);
  bytes.write(text, 4, 'latin1');
  return bytes;
};

const words = WORDS.split('|').flatMap((part, i) => (i % 2 === 0 ? part.split(' ') : [part]));
const DICTIONARY = Buffer.concat([...words.map(counted), Buffer.from(TEXT, 'latin1')]);

/** One after the other: zlib takes a piece only when it has finished the one before. */
class Squeeze {
  readonly #zlib: Deflate | Inflate;
  readonly #most: number;

  /** @param most bytes that may come out of one block; more is refused */
  constructor(zlib: Deflate | Inflate, most: number) {
    this.#zlib = zlib;
    this.#most = most;
  }

  put(bytes: Buffer): Promise<Buffer> {
    return new Promise((resolve, reject) => {
      const parts: Buffer[] = [];
      let length = 0;
      const onData = (part: Buffer): void => {
        parts.push(part);
        length += part.length;
        if (length > this.#most) this.#zlib.destroy(new Error('a header block is too large'));
      };
      const finish = (): void => {
        this.#zlib.off('data', onData).off('error', reject);
        resolve(Buffer.concat(parts));
      };
      this.#zlib.on('data', onData).once('error', reject);
      this.#zlib.write(bytes, () => this.#zlib.flush(constants.Z_SYNC_FLUSH, finish));
    });
  }

  close(): void {
    this.#zlib.close();
  }
}

const MOST_HEADER_BYTES = 64 * 1024;

/** Reads what the other side has written, and writes, in order. */
export class HeaderBlocks {
  readonly #in = new Squeeze(createInflate({ dictionary: DICTIONARY }), MOST_HEADER_BYTES);
  readonly #out = new Squeeze(createDeflate({ dictionary: DICTIONARY }), MOST_HEADER_BYTES);

  /** Rejects for what is none. Several values of a name are separated by NUL. */
  async read(block: Buffer): Promise<Map<string, string>> {
    const bytes = await this.#in.put(block);
    const headers = new Map<string, string>();
    let at = 0;
    const number = (): number => {
      at += 4;
      return bytes.readUInt32BE(at - 4);
    };
    const text = (): string => {
      const length = number();
      if (at + length > bytes.length) throw new Error('a header block ends too early');
      at += length;
      return bytes.toString('latin1', at - length, at);
    };
    for (let left = number(); left > 0; left--) headers.set(text(), text());
    return headers;
  }

  write(headers: ReadonlyMap<string, string>): Promise<Buffer> {
    const count = Buffer.alloc(4);
    count.writeUInt32BE(headers.size);
    return this.#out.put(Buffer.concat([count, ...[...headers].flat().map(counted)]));
  }

  close(): void {
    this.#in.close();
    this.#out.close();
  }
}
