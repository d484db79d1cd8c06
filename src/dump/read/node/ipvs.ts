// ipvs.ts - `ipvsadm -Sn` and the list of `ipvsadm -Ln` → virtual servers.
import { formatAddress, parseAddress } from '../../../model/address.js';
import type { RealServer, VirtualServer } from '../../rules/node.js';
import { numeral } from '../../rules/numbers.js';
import { mistake } from '../place.js';
import { type Line, linesOf } from './lines.js';

type Mutable = VirtualServer;

const PROTOCOLS: Readonly<Record<string, VirtualServer['protocol']>> = {
  '-t': 'TCP',
  '--tcp-service': 'TCP',
  '-u': 'UDP',
  '--udp-service': 'UDP',
  '--sctp-service': 'SCTP',
  TCP: 'TCP',
  UDP: 'UDP',
  SCTP: 'SCTP',
};
const METHODS: Readonly<Record<string, string>> = {
  '-m': 'masq',
  '-g': 'route',
  '-i': 'tunnel',
  Masq: 'masq',
  Route: 'route',
  Tunnel: 'tunnel',
};

function endpoint(text: string, { place }: Line): { address: string; port: number } {
  const [, bracketed, plain, port] = /^(?:\[([^\]]+)\]|([^:]+)):(\d+)$/.exec(text) ?? [];
  const address = parseAddress(bracketed ?? plain ?? '');
  if (!address) throw mistake(place, `"${text}" is no address with a port`);
  return { address: formatAddress(address), port: Number(port) };
}

const after = (words: readonly string[], ...names: readonly string[]): string | undefined => {
  const at = words.findIndex((word) => names.includes(word));
  return at < 0 ? undefined : words[at + 1];
};

interface Named {
  readonly key: string;
  readonly server: Mutable;
}

function server(protocol: string | undefined, name: string, words: readonly string[], line: Line): Named {
  const mark =
    protocol === '-f' || protocol === '--fwmark-service' || protocol === 'FWM' ? (numeral(name) ?? 0n) : null;
  const where = mark === null ? endpoint(name, line) : { address: '', port: 0 };
  const at = words.findIndex((word) => word === '-p' || word === '--persistent' || word === 'persistent');
  const seconds = at < 0 ? 0 : Number(words[at + 1]) || 300;
  const scheduler = after(words, '-s', '--scheduler') ?? words[2] ?? 'wlc';
  const kind = PROTOCOLS[protocol ?? ''] ?? 'TCP';
  const found = { protocol: kind, ...where, mark, scheduler, persistence: seconds, realServers: [], place: line.place };
  return { key: `${protocol} ${name}`, server: found };
}

function real(text: string, method: string, weight: number, line: Line): RealServer {
  return { ...endpoint(text, line), method, weight, place: line.place };
}

class Reader {
  readonly servers = new Map<string, Mutable>();
  #last: Mutable | null = null;

  read(line: Line): void {
    const words = line.text.trim().split(/\s+/);
    const [first = '', protocol = '', name = ''] = words;
    if (first === '-A' || first === '--add-service') this.#add(server(protocol, name, words.slice(3), line));
    else if (first === '-a' || first === '--add-server') this.#addReal(`${protocol} ${name}`, words, line);
    else if (PROTOCOLS[first] || first === 'FWM')
      this.#add(server(first, protocol, ['', '', name, ...words.slice(3)], line));
    else if (first === '->' && /\d/.test(protocol)) {
      this.#last?.realServers.push(real(protocol, METHODS[name] ?? 'masq', Number(words[3]), line));
    } else if (!/^(IP Virtual Server|Prot LocalAddress|->|#)/.test(line.text.trim())) {
      throw mistake(line.place, `"${line.text.slice(0, 60)}" is no line of ipvsadm`);
    }
  }

  #add({ key, server }: Named): void {
    this.servers.set(key, server);
    this.#last = server;
  }

  #addReal(key: string, words: readonly string[], line: Line): void {
    const found = this.servers.get(key);
    if (!found) throw mistake(line.place, `virtual server ${key} was not added before`);
    const method = METHODS[words.find((word) => METHODS[word] !== undefined) ?? '-g'] ?? 'route';
    found.realServers.push(
      real(after(words, '-r', '--real-server') ?? '', method, Number(after(words, '-w', '--weight') ?? 1), line),
    );
  }
}

export function readIpvs(text: string, file: string, first?: number): VirtualServer[] {
  const reader = new Reader();
  for (const line of linesOf(text, file, first)) reader.read(line);
  return [...reader.servers.values()];
}
