import type { EpochMs } from '../../domain/event.ts';
import type { OpenTally, SpanTally, StageTally } from '../contract.ts';
import type { Queries } from './query.ts';

/** Reading these takes a fraction of a second. */
const SPANS_TALLIED = 50_000;

/** Spans that are alike, and how many there are of each; inside of a reader's snapshot. */
export function tallySpans(queries: Queries, from: EpochMs, limit: number): readonly SpanTally[] {
  return queries.all<SpanTally>(
    `SELECT source, operation, project, environment, attempt ->> '$.tags."valuestream.environment.tier"' AS tier,
       result, count(*) AS count
     FROM (SELECT * FROM spans WHERE at >= ? ORDER BY at DESC LIMIT ?)
     GROUP BY 1, 2, 3, 4, 5, 6 ORDER BY count DESC, 1, 2, 3, 4, 5, 6 LIMIT ?`,
    from,
    SPANS_TALLIED,
    limit,
  );
}

/** The same of stages. */
export function tallyStages(queries: Queries, from: EpochMs, limit: number): readonly StageTally[] {
  return queries.all<StageTally>(
    `SELECT s.source, s.operation, g.name AS stage, g.category, count(*) AS count
     FROM (SELECT * FROM spans WHERE at >= ? ORDER BY at DESC LIMIT ?) s
     JOIN stages g ON g.identity_id = s.identity_id AND g.ordinal = s.ordinal
     GROUP BY 1, 2, 3, 4 ORDER BY count DESC, 1, 2, 3, 4 LIMIT ?`,
    from,
    SPANS_TALLIED,
    limit,
  );
}

/** The same of open spans. */
export function tallyOpen(queries: Queries): readonly OpenTally[] {
  return queries.all<OpenTally>(
    `SELECT source, operation, project, count(*) AS count, min(at) AS oldestStartedAt
     FROM spans WHERE state = 'open' GROUP BY 1, 2, 3 ORDER BY 1, 2, 3`,
  );
}
