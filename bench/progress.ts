// progress.ts - a line on stderr: what is running, how far the run is, and how much time is left.

export interface Progress {
  /** Expected seconds for each remaining step. */
  plan(seconds: readonly number[]): void;
  begin(what: string): void;
  /** The current step is over; it was expected to take this long. */
  end(seconds: number): void;
  done(): void;
}

export function duration(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  return whole < 60 ? `${whole}s` : `${Math.floor(whole / 60)}m${String(whole % 60).padStart(2, '0')}s`;
}

const WIDTH = 24;

/** A bar that rewrites itself on a terminal; elsewhere a line for each step. `now` is in milliseconds. */
export function lineProgress(stream: NodeJS.WriteStream, now: () => number): Progress {
  const terminal = stream.isTTY === true;
  const start = now();
  let total = 0;
  let over = 0;
  const left = (): number => {
    const elapsed = (now() - start) / 1000;
    // How fast the machine really is, once enough has been measured to tell.
    const pace = over > 10 ? elapsed / over : 1;
    return (total - over) * pace;
  };
  return {
    plan(seconds) {
      total = seconds.reduce((sum, one) => sum + one, 0);
    },
    begin(what) {
      const share = total > 0 ? over / total : 0;
      const head = `${String(Math.round(share * 100)).padStart(3)} %  ${duration(left())} left  ${what}`;
      if (!terminal) stream.write(`${head}\n`);
      else {
        const bar = '#'.repeat(Math.round(share * WIDTH)).padEnd(WIDTH, '.');
        stream.write(`\r\x1b[K[${bar}] ${head.slice(0, Math.max(20, (stream.columns ?? 80) - WIDTH - 4))}`);
      }
    },
    end(seconds) {
      over += seconds;
    },
    done() {
      if (terminal) stream.write('\r\x1b[K');
      stream.write(`done in ${duration((now() - start) / 1000)}\n`);
    },
  };
}

export const silent: Progress = { plan() {}, begin() {}, end() {}, done() {} };
