import { workerData } from 'piscina';
import { type SpanChange, spanChange } from '../domain/difference.ts';
import { explainFold } from '../rules/fold.ts';
import { type Decision, Ruling } from '../rules/ruling.ts';
import type { RuleSettings } from '../rules/schema.ts';
import type { IdentityId } from '../store/contract.ts';
import { openSqliteReader } from '../store/sqlite/reader.ts';

/** Loaded in a thread of its own, so that looking at a million spans never holds up a delivery that arrives. */
const { dataDir }: { readonly dataDir: string } = workerData;
const reader = openSqliteReader(dataDir);

export interface JudgeRequest {
  readonly after: IdentityId;
  readonly upTo: IdentityId;
  readonly limit: number;
  readonly rules: RuleSettings;
}

/** What rules make of one portion of identities. */
export interface Judged {
  readonly read: number;
  /** The last one of the portion; null when there is none left. */
  readonly last: IdentityId | null;
  /** Only those that come out in another way than they are stored. */
  readonly changed: readonly { readonly id: IdentityId; readonly change: SpanChange }[];
  readonly decisions: readonly Decision[];
}

let current: { readonly rules: string; readonly ruling: Ruling } | null = null;

export async function judge({ after, upTo, limit, rules }: JudgeRequest): Promise<Judged> {
  const ruling = rulingOf(rules);
  const identities = (await reader.listIdentities(after, limit)).filter(({ id }) => id <= upTo);
  const histories = await reader.findHistories(identities.map(({ key }) => key));
  const judged = identities.flatMap(({ id, key }) => {
    const history = histories.get(key);
    if (history === undefined) return [];
    const observations = history.observed.map(({ event }) => event);
    const { attempts, decisions } = explainFold(observations, ruling);
    return [{ id, decisions, change: spanChange(history.spanId, history.attempts, attempts) }];
  });
  return {
    read: identities.length,
    last: identities.at(-1)?.id ?? null,
    changed: judged.flatMap(({ id, change }) => (change === null ? [] : [{ id, change }])),
    decisions: judged.flatMap(({ decisions }) => decisions),
  };
}

/** Made once for all portions of a check. */
function rulingOf(settings: RuleSettings): Ruling {
  const rules = JSON.stringify(settings);
  if (current?.rules !== rules) current = { rules, ruling: new Ruling(settings) };
  return current.ruling;
}
