import type { Schemas } from '../api/client.ts';
import { amount, share } from '../format/number.ts';
import { stageNames } from '../time/stages.ts';
import { changeOf, type DoraGroup, metrics } from './metrics.ts';

interface Props {
  readonly group: DoraGroup;
  readonly before: string;
  readonly stages: Schemas['LeadTime']['stages'];
}

/** The page's question, answered in a sentence: where does the time go, and is it getting better? */
export function Headline({ group, before, stages }: Props) {
  const [leadTime] = metrics;
  const value = group.numbers.change_lead_time.p50;
  if (leadTime === undefined || value === null)
    return <p className="headline">How long changes take to production is not known here yet.</p>;
  const change = changeOf(leadTime, group);
  return (
    <p className="headline">
      Half of all changes reach {group.group.environment || 'production'} within <b>{amount(value, 'ms')}</b>
      {change === null || change.isBetter === null ? null : (
        <>
          , <b className={change.isBetter ? 'better' : 'worse'}>{share(Math.abs(change.by))} </b>
          {change.isBetter ? 'faster' : 'slower'} than {before}
        </>
      )}
      {change !== null && change.isBetter === null ? `, as ${before}` : null}.<MostTime stages={stages} />
    </p>
  );
}

function MostTime({ stages }: Pick<Props, 'stages'>) {
  const known = Object.entries(stages ?? {}).flatMap(([stage, { mean }]) => (mean === null ? [] : [{ stage, mean }]));
  const total = known.reduce((sum, { mean }) => sum + mean, 0);
  const [most] = known.toSorted((a, b) => b.mean - a.mean);
  if (most === undefined || total === 0) return null;
  const { name, isWaiting } = stageNames[most.stage] ?? { name: most.stage, isWaiting: false };
  return (
    <>
      {' '}
      The longest part of the way is <b>{name.toLowerCase()}</b>, {share(most.mean / total)} of it
      {isWaiting ? ': nobody was at it' : ''}.
    </>
  );
}
