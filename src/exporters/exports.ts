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

  /** By the name of the target. */
  get states(): ReadonlyMap<string, TargetState> {
    return new Map(this.#targets.map(({ name, url, mode, follow }) => [name, { url, mode, ...follow.state }]));
  }

  async close(): Promise<void> {
    await Promise.all(this.#targets.map(({ follow }) => follow.close()));
  }
}
