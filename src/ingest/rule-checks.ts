import { randomUUID } from 'node:crypto';
import { Piscina } from 'piscina';
import type { SpanChange } from '../domain/difference.ts';
import type { EpochMs } from '../domain/event.ts';
import type { RuleCheck, RuleTally } from '../domain/rule-check.ts';
import { type Decision, Ruling } from '../rules/ruling.ts';
import type { RuleSettings } from '../rules/schema.ts';
import type { IdentityId, StoreReader } from '../store/contract.ts';
import { ChangeLog } from './change-log.ts';
import { Jobs } from './jobs.ts';
import { RULES_APPLIED } from './refold.ts';
import type { Judged, JudgeRequest } from './rules-thread.ts';

export interface RuleCheckOptions {
  readonly dataDir: string;
  readonly reader: StoreReader;
  /** The rules in force. */
  readonly rules: RuleSettings;
  /** Folds identities again by the rules in force; see refold.ts. */
  readonly refold: (identityIds: readonly IdentityId[]) => Promise<readonly SpanChange[]>;
  /** Remembers that all is folded by the rules in force. */
  readonly applied: () => Promise<void>;
  readonly now: () => EpochMs;
  /** Told of what went wrong, for the log. */
  readonly failed: (error: unknown) => void;
}

const PORTION = 200;
/** Written in one transaction; a delivery that arrives waits for one of them only. */
const REFOLDED_AT_ONCE = 25;

type Progress = { -readonly [K in keyof Omit<RuleCheck, 'spans' | 'changes' | 'decisions'>]: RuleCheck[K] } & {
  readonly spans: RuleCheck['spans'];
  readonly changes: RuleCheck['changes'];
  readonly decisions: RuleCheck['decisions'];
  readonly log: ChangeLog;
  readonly tally: Tally;
};

/** Looks at everything that is stored by given rules; and folds again what the rules in force change. */
export class RuleChecks {
  readonly #options: RuleCheckOptions;
  readonly #thread: Piscina;
  readonly #jobs = new Jobs<Progress>('check of rules');
  #running: Promise<void> = Promise.resolve();

  constructor(options: RuleCheckOptions) {
    this.#options = options;
    const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
    const filename = new URL(`./rules-thread.${extension}`, import.meta.url).href;
    this.#thread = new Piscina({
      filename,
      minThreads: 0,
      maxThreads: 1,
      idleTimeout: 1_000,
      workerData: { dataDir: options.dataDir },
    });
  }

  /** The rules in force. */
  get rules(): RuleSettings {
    return this.#options.rules;
  }

  /** Tells what rules would change: these, or those in force. Throws an AppError `conflict` while another check runs. */
  async start(proposed: RuleSettings | null): Promise<RuleCheck> {
    this.#jobs.requireNone();
    const check = this.#jobs.add(newCheck(true, this.#options.now()));
    this.#running = this.#run(check, proposed ?? this.#options.rules);
    return check;
  }

  /**
   * Folds again what the rules in force change; nothing where all is folded by them already. A start that was
   * interrupted has not remembered that, so the next one begins anew, and finds most of it done.
   */
  async apply(): Promise<RuleCheck | null> {
    const { reader, rules } = this.#options;
    if ((await reader.recall(RULES_APPLIED)) === new Ruling(rules).fingerprint) return null;
    const check = this.#jobs.add(newCheck(false, this.#options.now()));
    this.#running = this.#run(check, rules);
    return check;
  }

  list(): readonly RuleCheck[] {
    return this.#jobs.list();
  }

  find(id: string): RuleCheck | undefined {
    return this.#jobs.find(id);
  }

  get(id: string): RuleCheck {
    return this.#jobs.get(id);
  }

  /** Stops a check after its current portion. One that folds again cannot be stopped: the rules are in force. */
  cancel(id: string): RuleCheck | undefined {
    const check = this.#jobs.find(id);
    return check?.dryRun === false ? check : this.#jobs.cancel(id);
  }

  async settled(): Promise<void> {
    await this.#running;
  }

  async close(): Promise<void> {
    this.#jobs.cancelAll();
    await this.#running;
    await this.#thread.destroy();
  }

  async #run(check: Progress, rules: RuleSettings): Promise<void> {
    try {
      await this.#judgeAll(check, rules);
      if (check.state === 'running') {
        if (!check.dryRun) await this.#options.applied();
        check.state = 'done';
      }
    } catch (error) {
      check.state = 'failed';
      check.error = error instanceof Error ? error.message : String(error);
      this.#options.failed(error);
    }
    check.finishedAt = this.#options.now();
  }

  async #judgeAll(check: Progress, rules: RuleSettings): Promise<void> {
    const { count, newest } = await this.#options.reader.measureIdentities();
    check.operations = { total: count, read: 0 };
    let after: IdentityId | null = count === 0 ? null : 0;
    while (after !== null && check.state === 'running') {
      const request: JudgeRequest = { after, upTo: newest, limit: PORTION, rules };
      const { read, last, changed, decisions }: Judged = await this.#thread.run(request, { name: 'judge' });
      check.tally.add(decisions);
      if (check.dryRun) check.log.add(changed.map(({ change }) => change));
      else await this.#refold(check, changed);
      check.operations = { total: count, read: check.operations.read + read };
      after = last;
    }
  }

  async #refold(check: Progress, changed: Judged['changed']): Promise<void> {
    for (let start = 0; start < changed.length; start += REFOLDED_AT_ONCE) {
      const ids = changed.slice(start, start + REFOLDED_AT_ONCE).map(({ id }) => id);
      check.log.add(await this.#options.refold(ids));
    }
  }
}

function newCheck(dryRun: boolean, startedAt: EpochMs): Progress {
  const log = new ChangeLog();
  const tally = new Tally();
  return {
    id: randomUUID(),
    state: 'running',
    dryRun,
    startedAt,
    finishedAt: null,
    error: null,
    operations: { total: 0, read: 0 },
    log,
    tally,
    get spans() {
      return log.counts;
    },
    get changes() {
      return log.first;
    },
    get decisions() {
      return tally.all;
    },
  };
}

/** How often each rule has decided what. Its size is bounded by the rules, and by the names of their stages. */
class Tally {
  readonly #counts = new Map<string, { readonly decision: Decision; spans: number }>();

  add(decisions: readonly Decision[]): void {
    for (const decision of decisions) {
      const { decides, value, by } = decision;
      const key = [decides, value, by].join('\n');
      const count = this.#counts.get(key) ?? { decision, spans: 0 };
      count.spans += 1;
      this.#counts.set(key, count);
    }
  }

  get all(): readonly RuleTally[] {
    return [...this.#counts.values()]
      .map(({ decision, spans }) => ({ ...decision, spans }))
      .sort((a, b) => b.spans - a.spans);
  }
}
