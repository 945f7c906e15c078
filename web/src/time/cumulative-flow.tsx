import type { Schemas } from '../api/client.ts';
import type { Bucket } from '../app/search.ts';
import { ChartCard } from '../charts/chart-card.tsx';
import type { Series } from '../charts/series.ts';
import { inWords } from '../format/words.ts';
import { Trust, WhyEmpty } from '../ui/trust.tsx';

const colors = [
  '--op-pull-request',
  '--op-pipeline',
  '--op-deploy',
  '--op-release',
  '--op-issue',
  '--op-sprint',
  '--unsure',
];
const MOST = 6;

/** What was open over time, by the stage in which it was. */
export function CumulativeFlow({ answer, per }: { readonly answer: Schemas['Flow']; readonly per: Bucket }) {
  const { points, items } = answer.cumulative_flow;
  const stages = stagesIn(points);
  const shown = stages.slice(0, MOST);
  const at = points.map(({ at: time }, index) => ({
    label: time,
    from: Date.parse(time),
    to: Date.parse(points[index + 1]?.at ?? time),
    isWhole: true,
  }));
  const series: Series[] = shown.map(({ stage, category }, index) => ({
    key: stage ?? 'none',
    name: stage === null ? 'Without stages' : `${inWords(stage)}${category === 'waiting' ? ' (waits)' : ''}`,
    color: `var(${colors[index % colors.length]})`,
    isHatched: category === 'waiting',
    values: points.map(({ bands }) => bands.find((band) => band.stage === stage)?.count ?? 0),
  }));
  if (stages.length > MOST) {
    const values = points.map(({ bands }) =>
      bands.reduce((sum, band) => (shown.some(({ stage }) => stage === band.stage) ? sum : sum + band.count), 0),
    );
    series.push({ key: 'others', name: 'Other stages', color: 'var(--unsure)', values });
  }
  const isEmpty = points.every(({ open }) => open === 0);
  return (
    <ChartCard
      title="Work in progress"
      height={260}
      {...{ points: at, series: isEmpty ? [] : series, unit: 'count', per, kind: 'area' }}
      actions={<Trust of={items} title="Work in progress" definition={answer.definitions.cumulative_flow} />}
      empty={<WhyEmpty of={items} what="work in progress" />}
    />
  );
}

type Points = Schemas['Flow']['cumulative_flow']['points'];

/** Each stage once, the fullest first. */
function stagesIn(points: Points) {
  const sums = new Map<string | null, { stage: string | null; category: string | null; sum: number }>();
  for (const { stage, category, count } of points.flatMap(({ bands }) => bands)) {
    const known = sums.get(stage) ?? { stage, category, sum: 0 };
    sums.set(stage, { ...known, sum: known.sum + count });
  }
  return [...sums.values()].sort((a, b) => b.sum - a.sum);
}
