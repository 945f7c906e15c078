import { AppError } from '../domain/app-error.ts';

const KEPT = 20;

export interface Job {
  readonly id: string;
  state: 'running' | 'done' | 'cancelled' | 'failed';
}

/** Long work of one kind, as far as it has come; what has ended is forgotten after a while. */
export class Jobs<J extends Job> {
  readonly #what: string;
  readonly #jobs = new Map<string, J>();

  /** `what` it is, in messages: `replay`. */
  constructor(what: string) {
    this.#what = what;
  }

  add(job: J): J {
    this.#jobs.set(job.id, job);
    const ended = this.list().filter(({ state }) => state !== 'running');
    for (const { id } of ended.slice(KEPT)) this.#jobs.delete(id);
    return job;
  }

  /** Throws an AppError `conflict` while one runs. */
  requireNone(): void {
    const other = this.list().find(({ state }) => state === 'running');
    if (other !== undefined)
      throw new AppError('conflict', `the ${this.#what} ${other.id} is running; wait for its end, or cancel it`);
  }

  /** The latest first. */
  list(): readonly J[] {
    return [...this.#jobs.values()].reverse();
  }

  find(id: string): J | undefined {
    return this.#jobs.get(id);
  }

  /** One that was started here. Throws a RangeError when there is none of that id. */
  get(id: string): J {
    const job = this.find(id);
    if (job === undefined) throw new RangeError(`there is no ${this.#what} ${id}`);
    return job;
  }

  cancel(id: string): J | undefined {
    const job = this.#jobs.get(id);
    if (job?.state === 'running') job.state = 'cancelled';
    return job;
  }

  cancelAll(): void {
    for (const id of this.#jobs.keys()) this.cancel(id);
  }
}
