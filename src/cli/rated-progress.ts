import { SingleBar } from 'cli-progress';
import { inWords } from './output.ts';

/** How far long work has come, in units of which it may not be known how many there are. */
export interface RatedAt {
  readonly done: number;
  readonly total: number | null;
  /** What else is worth saying, such as `3 of 40 repositories`. */
  readonly also: string;
}

/** On stderr: how far it has come, how fast, and how long it will take, where that can be known. */
export interface RatedProgress {
  readonly update: (at: RatedAt) => void;
  /** Says something that stays. */
  readonly say: (text: string) => void;
  readonly stop: () => void;
}

const LINE_EVERY_MS = 5_000;

/** A bar on a terminal, a line now and then elsewhere. */
export function ratedProgress(what: string, now = Date.now): RatedProgress {
  const pace = new Pace(now);
  return process.stderr.isTTY === true ? bar(what, pace) : lines(what, pace, now);
}

/** How fast it goes since it was first looked at: what was there before then says nothing of that. */
export class Pace {
  readonly #now: () => number;
  #first: { readonly at: number; readonly done: number } | undefined;

  constructor(now: () => number) {
    this.#now = now;
  }

  /** `210/s, 31s left`, as far as it can be known; empty at first. */
  of({ done, total }: Pick<RatedAt, 'done' | 'total'>): string {
    this.#first ??= { at: this.#now(), done };
    const seconds = (this.#now() - this.#first.at) / 1_000;
    const since = done - this.#first.done;
    if (seconds <= 0 || since <= 0) return '';
    const perSecond = since / seconds;
    const left = total === null || total <= done ? '' : `, ${inWords(((total - done) / perSecond) * 1_000)} left`;
    return `${perSecond < 10 ? perSecond.toFixed(1) : Math.round(perSecond)}/s${left}`;
  }
}

/** `3400 of 10000 pull requests, 12 of 40 repositories, 210/s, 31s left`. */
export function progressText(what: string, { done, total, also }: RatedAt, pace: string): string {
  return [`${done}${total === null ? '' : ` of ${total}`} ${what}`, also, pace]
    .filter((part) => part !== '')
    .join(', ');
}

function lines(what: string, pace: Pace, now: () => number): RatedProgress {
  let toldAt = now();
  return {
    update: (at) => {
      const speed = pace.of(at);
      if (now() - toldAt < LINE_EVERY_MS) return;
      toldAt = now();
      console.error(progressText(what, at, speed));
    },
    say: (text) => console.error(text),
    stop: () => undefined,
  };
}

function bar(what: string, pace: Pace): RatedProgress {
  let shown: SingleBar | null = null;
  const start = (total: number | null): SingleBar => {
    const format = total === null ? '{text}' : '{bar} {percentage}%  {text}';
    const options = { barsize: 20, barCompleteChar: '█', barIncompleteChar: '░', hideCursor: true };
    const one = new SingleBar({ ...options, format, stream: process.stderr });
    one.start(total ?? 1, 0, { text: '' });
    return one;
  };
  return {
    update: (at) => {
      shown ??= start(at.total);
      shown.update(Math.min(at.done, at.total ?? 0), { text: progressText(what, at, pace.of(at)) });
    },
    // The bar is drawn again below it.
    say: (text) => process.stderr.write(`${shown === null ? '' : '\r\u001b[K'}${text}\n`),
    stop: () => shown?.stop(),
  };
}
