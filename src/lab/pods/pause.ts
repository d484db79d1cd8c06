// pause.ts - Pause: waiting that others may end.
import { after } from '../../model/timer.js';

export class Pause {
  readonly #ends = new Set<() => void>();

  /** True after so many milliseconds, false when somebody ended it. */
  wait(ms: number): Promise<boolean> {
    return new Promise((resolve) => {
      const finish = (whole: boolean) => (): void => {
        stop();
        this.#ends.delete(end);
        resolve(whole);
      };
      const end = finish(false);
      const stop = after(ms, finish(true));
      this.#ends.add(end);
    });
  }

  end(): void {
    for (const end of [...this.#ends]) end();
  }
}
