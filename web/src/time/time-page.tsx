import { useQuery } from '@tanstack/react-query';
import { Link, useNavigate } from '@tanstack/react-router';
import type { Schemas } from '../api/client.ts';
import { doraQuery, flowQuery, pullRequestsQuery } from '../api/queries.ts';
import { Page } from '../app/page.tsx';
import { type Bucket, bucketOf, daysOf, useSharedSearch } from '../app/search.ts';
import { ChartCard } from '../charts/chart-card.tsx';
import { pointsOf } from '../charts/series.ts';
import { inWords } from '../format/words.ts';
import { itemsSearch } from '../items/items-link.tsx';
import { Part } from '../ui/part.tsx';
import { Trust, WhyEmpty } from '../ui/trust.tsx';
import { Ageing } from './ageing.tsx';
import { CumulativeFlow } from './cumulative-flow.tsx';
import { StageBar } from './stage-bar.tsx';
import { Waiting } from './waiting.tsx';
import './time.css';

/** Where the time goes: of changes on their way to production, of tickets, of pull requests. */
export function TimePage() {
  const search = useSharedSearch();
  const per = bucketOf(daysOf(search.range).days);
  const dora = useQuery(doraQuery(search, true));
  const flow = useQuery(flowQuery(search));
  const pulls = useQuery(pullRequestsQuery(search));
  return (
    <Page title="Where time goes" hasRange>
      <Part query={dora} height={330}>
        {(answer) => <LeadTimes answer={answer} />}
      </Part>
      <h2 className="part-title">Tickets and incidents</h2>
      <Part query={flow} height={720}>
        {(answer) => (
          <div className="answers">
            <div className="columns">
              <FlowTime answer={answer} per={per} />
              <Waiting numbers={answer.total.numbers.efficiency} definition={answer.definitions.efficiency} />
            </div>
            <div className="columns">
              <CumulativeFlow answer={answer} per={per} />
              <Ageing answer={answer} />
            </div>
          </div>
        )}
      </Part>
      <h2 className="part-title">Pull requests</h2>
      <Part query={pulls} height={300}>
        {(answer) => <PullRequests answer={answer} per={per} />}
      </Part>
    </Page>
  );
}

const SERVICES_SHOWN = 4;

/** DORA advises against a number over all services: each has a bar of its own. */
function LeadTimes({ answer }: { readonly answer: Schemas['Dora'] }) {
  const { groups, definitions } = answer;
  const known = groups.filter(({ numbers }) => numbers.change_lead_time.n > 0);
  if (known.length === 0)
    return (
      <section className="card empty">
        <h2>No change reached production in this time</h2>
        {groups[0] === undefined ? (
          <p>Choose a longer time, or look whether the sources send deployments.</p>
        ) : (
          <WhyEmpty of={groups[0].numbers.change_lead_time} what="lead time" />
        )}
      </section>
    );
  return (
    <div className="answers">
      {known.slice(0, SERVICES_SHOWN).map(({ group, numbers }) => (
        <StageBar
          key={`${group.service}@${group.environment}`}
          title={`${group.service || 'Unknown service'} to ${group.environment || 'production'}`}
          leadTime={numbers.change_lead_time}
          definition={definitions.change_lead_time}
        />
      ))}
      {known.length > SERVICES_SHOWN ? (
        <p className="muted">
          {known.length - SERVICES_SHOWN} more; filter by a service, or see all in the <Link to="/">overview</Link>.
        </p>
      ) : null}
    </div>
  );
}

function FlowTime({ answer, per }: { readonly answer: Schemas['Flow']; readonly per: Bucket }) {
  const navigate = useNavigate();
  const { buckets, numbers } = answer.total;
  const open = (index: number) => {
    const path = buckets[index]?.numbers.flow_time.items;
    if (path !== undefined) void navigate({ to: '/items', search: itemsSearch(path) as never });
  };
  const series = [
    { key: 'p50', name: 'Median', color: 'var(--accent)', values: buckets.map((one) => one.numbers.flow_time.p50) },
    {
      key: 'p85',
      name: '85%',
      color: 'var(--op-pull-request)',
      values: buckets.map((one) => one.numbers.flow_time.p85),
    },
  ];
  return (
    <ChartCard
      title="Flow time"
      height={220}
      {...{ points: pointsOf(buckets), series, unit: 'ms', per, kind: 'line', open }}
      actions={<Trust of={numbers.flow_time} title="Flow time" definition={answer.definitions.flow_time} />}
      empty={<WhyEmpty of={numbers.flow_time} what="flow time" />}
    />
  );
}

const shown = [
  { key: 'time_to_merge', title: 'Time to merge', unit: 'ms' },
  { key: 'time_to_first_review', title: 'Time to first review', unit: 'ms' },
  { key: 'size', title: 'Size, in lines', unit: 'lines' },
] as const;

function PullRequests({ answer, per }: { readonly answer: Schemas['PullRequests']; readonly per: Bucket }) {
  const navigate = useNavigate();
  const { buckets, numbers } = answer.total;
  return (
    <div className="thirds">
      {shown.map(({ key, title, unit }) => {
        const open = (index: number) => {
          const path = buckets[index]?.numbers[key].items;
          if (path !== undefined) void navigate({ to: '/items', search: itemsSearch(path) as never });
        };
        const series = [
          {
            key,
            name: `${inWords(title)}: median`,
            color: 'var(--accent)',
            values: buckets.map((one) => one.numbers[key].p50),
          },
        ];
        return (
          <ChartCard
            key={key}
            title={title}
            height={180}
            {...{ points: pointsOf(buckets), series, unit, per, kind: 'line', open }}
            actions={<Trust of={numbers[key]} title={title} definition={answer.definitions[key]} />}
            empty={<WhyEmpty of={numbers[key]} what={title.toLowerCase()} />}
          />
        );
      })}
    </div>
  );
}
