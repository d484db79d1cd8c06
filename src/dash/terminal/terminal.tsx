// terminal.tsx - a shell in a pod: xterm at this end, exec over a WebSocket as kubectl speaks it.
import { FitAddon } from '@xterm/addon-fit';
import { type ITheme, Terminal as Screen } from '@xterm/xterm';
import { useEffect, useRef, useState } from 'preact/hooks';
import { coloursNow, onRecolour } from '../map/colours.js';
import { nonce } from '../nonce.js';
import { MONO } from '../palette.js';

/** Subprotocol of exec (k8s.io/apimachinery/pkg/util/remotecommand): the first byte of a message is its channel. */
const PROTOCOL = 'v5.channel.k8s.io';
const STDIN = 0;
const ERROR = 3;
const RESIZE = 4;

const theme = (): ITheme => {
  const { paper, ink, accent, line } = coloursNow();
  return { background: paper, foreground: ink, cursor: accent, selectionBackground: line };
};

/** The library makes style elements of its own; with the nonce the page's policy lets them through. */
function openWithNonce(screen: Screen, place: HTMLElement): void {
  const create = document.createElement.bind(document);
  document.createElement = ((name: string, options?: ElementCreationOptions) => {
    const made = create(name, options);
    if (name === 'style') made.nonce = nonce;
    return made;
  }) as typeof document.createElement;
  try {
    screen.open(place);
  } finally {
    document.createElement = create as typeof document.createElement;
  }
}

function channel(kind: number, content: Uint8Array): Uint8Array<ArrayBuffer> {
  const message = new Uint8Array(content.length + 1);
  message[0] = kind;
  message.set(content, 1);
  return message;
}

/** How the program ended, as a Status says. */
function endingOf(text: string): string {
  try {
    const { status, message } = JSON.parse(text) as { status?: string; message?: string };
    return status === 'Success' ? 'The shell has ended.' : (message ?? text);
  } catch {
    return text;
  }
}

/** Connects a screen with a shell of the pod; returns what ends it. */
function talk(screen: Screen, path: string, say: (text: string) => void): () => void {
  const query = new URLSearchParams([
    ['command', 'sh'],
    ['stdin', 'true'],
    ['stdout', 'true'],
    ['tty', 'true'],
  ]);
  const socket = new WebSocket(`ws://${location.host}${path}/exec?${query}`, PROTOCOL);
  socket.binaryType = 'arraybuffer';
  const encoder = new TextEncoder();
  const send = (kind: number, text: string): void => {
    if (socket.readyState === WebSocket.OPEN) socket.send(channel(kind, encoder.encode(text)));
  };
  const resize = (): void => send(RESIZE, JSON.stringify({ Width: screen.cols, Height: screen.rows }));
  let ending = '';
  socket.addEventListener('open', () => {
    resize();
    screen.focus();
  });
  socket.addEventListener('message', ({ data }) => {
    const bytes = new Uint8Array(data as ArrayBuffer);
    if (bytes[0] === ERROR) ending = endingOf(new TextDecoder().decode(bytes.subarray(1)));
    else screen.write(bytes.subarray(1));
  });
  socket.addEventListener('close', () => say(ending || 'The lab refused a shell here, or has ended.'));
  screen.onData((text) => send(STDIN, text));
  screen.onResize(resize);
  return () => socket.close();
}

export function Terminal({ path, name }: { path: string; name: string }) {
  const place = useRef<HTMLElement>(null);
  const [ending, setEnding] = useState('');
  const [run, setRun] = useState(0);
  useEffect(() => {
    const own = place.current;
    if (!own) return;
    setEnding('');
    const screen = new Screen({
      fontFamily: MONO,
      fontSize: 13,
      cursorBlink: false,
      theme: theme(),
      screenReaderMode: true,
    });
    const fit = new FitAddon();
    screen.loadAddon(fit);
    openWithNonce(screen, own);
    fit.fit();
    const look = new ResizeObserver(() => fit.fit());
    look.observe(own);
    const forget = onRecolour(() => {
      screen.options.theme = theme();
    });
    const end = talk(screen, path, setEnding);
    return () => {
      end();
      forget();
      look.disconnect();
      screen.dispose();
    };
  }, [path, run]);
  return (
    <>
      <section class="terminal" ref={place} aria-label={`Shell in ${name}`} />
      {ending === '' ? null : (
        <p class="doing">
          <span role="status">{ending}</span>
          <button type="button" onClick={() => setRun((count) => count + 1)}>
            Again
          </button>
        </p>
      )}
    </>
  );
}
