import type { TraceMode } from '../domain/pin.ts';
import type { Follow, FollowState } from './follow.ts';

/** A target that the configuration names. */
export interface ConfiguredTarget {
  readonly name: string;
  readonly url: string;
  readonly mode: TraceMode;
  readonly follow: Follow;
}

export interface TargetState extends FollowState {
  readonly url: string;
  readonly mode: TraceMode;
}

/** All targets of the configuration, each following the feed by itself. */
export class Exports {
  readonly #targets: readonly ConfiguredTarget[];

  constructor(targets: readonly ConfiguredTarget[]) {
    this.#targets = targets;
  }

  start(): void {
    for (const { follow } of this.#targets) follow.start();
  }

  /** How traces are cut for who asks for the ids of one: as for most targets, else whole. */
  get mode(): TraceMode {
    const staged = this.#targets.filter(({ mode }) => mode === 'staged').length;
    return staged * 2 > this.#targets.length ? 'staged' : 'whole';
  }

  /** By the name of the target. */
  get states(): ReadonlyMap<string, TargetState> {
    return new Map(this.#targets.map(({ name, url, mode, follow }) => [name, { url, mode, ...follow.state }]));
  }

  /** Sends again what a target has refused; false where the configuration has no such target. */
  resend(name: string): boolean {
    const target = this.#targets.find((one) => one.name === name);
    target?.follow.resend();
    return target !== undefined;
  }

  async close(): Promise<void> {
    await Promise.all(this.#targets.map(({ follow }) => follow.close()));
  }
}
