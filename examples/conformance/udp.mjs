// udp.mjs - asks by UDP and prints who answered: node udp.mjs ADDRESS PORT COUNT SOURCE-PORT
import { createSocket } from 'node:dgram';
import { isIPv6 } from 'node:net';

const [address, port, count, from] = process.argv.slice(2);
for (let i = 0; i < Number(count); i++) {
  const socket = createSocket(isIPv6(address) ? 'udp6' : 'udp4');
  await new Promise((resolve) => {
    const say = (text) => {
      clearTimeout(late);
      console.log(text);
      socket.close(resolve);
    };
    const late = setTimeout(() => say('no answer'), 1500);
    socket.once('message', (bytes) => say(/pod=[^/]*\/(\S+)/.exec(String(bytes))?.[1] ?? String(bytes)));
    socket.once('error', (error) => say(error.code === 'ECONNREFUSED' ? 'refused' : error.code));
    socket.bind(Number(from), () => socket.connect(Number(port), address, () => socket.send('hello')));
  });
}
