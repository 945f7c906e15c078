import type { CDPSession } from 'playwright-core';

interface TraceEvent {
  readonly name: string;
  readonly ph: string;
  readonly ts: number;
  /** In microseconds: from its beginning to its end, and of it on a core. */
  readonly dur?: number;
  readonly tdur?: number;
  readonly pid: number;
  readonly tid: number;
  readonly args: { readonly name?: string };
}

/** Not `toplevel` as well: it has each task once more, by another name. */
const CATEGORIES = ['devtools.timeline', 'disabled-by-default-devtools.timeline', 'devtools.timeline.frame'];

const NOTHING: Frame = { ms: 0, cpuMs: 0 };

/** What the main thread did for one frame, in milliseconds; on a busy machine it lasts longer than it is on a core. */
export interface Frame {
  readonly ms: number;
  readonly cpuMs: number;
}

/** The frames of the page that are drawn while `work` goes on, as the browser traces them. */
export async function workPerFrame(cdp: CDPSession, work: () => Promise<void>): Promise<Frame[]> {
  const events: TraceEvent[] = [];
  const collect = ({ value }: { value: object[] }) => events.push(...(value as TraceEvent[]));
  cdp.on('Tracing.dataCollected', collect);
  const complete = new Promise<void>((resolve) => cdp.once('Tracing.tracingComplete', () => resolve()));
  await cdp.send('Tracing.start', { transferMode: 'ReportEvents', traceConfig: { includedCategories: CATEGORIES } });
  await work();
  await cdp.send('Tracing.end');
  await complete;
  cdp.off('Tracing.dataCollected', collect);
  return framesOf(events);
}

/** The tasks of the page's main thread, summed up from one drawn frame to the next. */
function framesOf(events: readonly TraceEvent[]): Frame[] {
  const first = events.find(({ name }) => name === 'UpdateLayoutTree');
  if (first === undefined) throw new Error('the browser has drawn nothing');
  const own = events.filter(({ pid, tid }) => pid === first.pid && tid === first.tid);
  const commits = own.filter(({ name }) => name === 'Commit').map(({ ts }) => ts);
  const tasks = own.filter(({ name, ph }) => name === 'RunTask' && ph === 'X');
  return commits.slice(1).map((commit, index) => {
    const before = commits[index] ?? commit;
    // The task that makes a frame begins before it hands the frame over.
    const made = tasks.filter(({ ts }) => ts > before && ts <= commit);
    return made.reduce(
      (sum, { dur = 0, tdur = 0 }) => ({ ms: sum.ms + dur / 1_000, cpuMs: sum.cpuMs + tdur / 1_000 }),
      NOTHING,
    );
  });
}
