// answer.ts - what a DNS server says to one question, as values: records, and the code of the answer.

type RecordType = 'A' | 'AAAA' | 'CNAME' | 'NS' | 'PTR' | 'SOA' | 'SRV' | 'TXT';

/** The types that a question can be about; others are asked as OTHER: a name has them or has not. */
export type QuestionType = RecordType | 'ANY' | 'AXFR' | 'IXFR' | 'OTHER';

interface SrvData {
  readonly priority: number;
  readonly weight: number;
  readonly port: number;
  readonly target: string;
}

interface SoaData {
  readonly mname: string;
  readonly rname: string;
  readonly serial: number;
  readonly refresh: number;
  readonly retry: number;
  readonly expire: number;
  readonly minimum: number;
}

interface RecordOf<T extends RecordType, D> {
  /** With its closing dot. */
  readonly name: string;
  /** Seconds. */
  readonly ttl: number;
  readonly type: T;
  readonly data: D;
}

/** Names in data have their closing dots. */
export type DnsRecord =
  | RecordOf<'A' | 'AAAA' | 'CNAME' | 'NS' | 'PTR' | 'TXT', string>
  | RecordOf<'SRV', SrvData>
  | RecordOf<'SOA', SoaData>;

export type ResponseCode = 'NOERROR' | 'NXDOMAIN' | 'REFUSED' | 'NOTIMP';

export interface Answer {
  readonly rcode: ResponseCode;
  readonly answer: readonly DnsRecord[];
  readonly authority: readonly DnsRecord[];
  readonly additional: readonly DnsRecord[];
  /** Of a refusal, in a sentence. */
  readonly why?: string;
}

/** The data of a record as zone files write it (RFC 1035 §5.1). */
export function dataText(record: DnsRecord): string {
  if (record.type === 'SRV') {
    const { priority, weight, port, target } = record.data;
    return `${priority} ${weight} ${port} ${target}`;
  }
  if (record.type === 'SOA') {
    const { mname, rname, serial, refresh, retry, expire, minimum } = record.data;
    return `${mname} ${rname} ${serial} ${refresh} ${retry} ${expire} ${minimum}`;
  }
  return record.type === 'TXT' ? JSON.stringify(record.data) : record.data;
}
