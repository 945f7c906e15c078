import { SingleBar } from 'cli-progress';

interface At {
  readonly total: number;
  readonly read: number;
  /** How many of these mean something else now; where that is not what it is about, nothing. */
  readonly changed?: number;
}

/** How far long work has come. */
export interface Progress {
  readonly update: (at: At) => void;
  readonly stop: () => void;
}

const LINE_EVERY_MS = 5_000;

/** On stderr: a bar on a terminal, a line now and then elsewhere. */
export function progress(what: string): Progress {
  return process.stderr.isTTY === true ? progressBar(what) : progressLines(what);
}

function progressLines(what: string): Progress {
  let toldAt = Date.now();
  return {
    update: ({ total, read, changed }) => {
      if (Date.now() - toldAt < LINE_EVERY_MS) return;
      toldAt = Date.now();
      console.error(`${read} of ${total} ${what}${changed === undefined ? '' : `, ${changed} changed`}`);
    },
    stop: () => undefined,
  };
}

function progressBar(what: string): Progress {
  const bar = new SingleBar({
    format: `{bar} {percentage}% of {total} ${what}{changed}, {eta_formatted} left`,
    barsize: 30,
    barCompleteChar: '█',
    barIncompleteChar: '░',
    stream: process.stderr,
    hideCursor: true,
  });
  let isShown = false;
  return {
    update: ({ total, read, changed }) => {
      // It is counted first.
      if (total === 0) return;
      const shown = { changed: changed === undefined ? '' : `, ${changed} changed` };
      if (!isShown) bar.start(total, read, shown);
      isShown = true;
      bar.update(read, shown);
    },
    stop: () => {
      if (isShown) bar.stop();
    },
  };
}
