import { useQuery } from '@tanstack/react-query';
import { useSearch } from '@tanstack/react-router';
import type { Schemas } from '../api/client.ts';
import { anySpanQuery, doraQuery } from '../api/queries.ts';
import { Page } from '../app/page.tsx';
import { type Bucket, bucketOf, daysOf, texts, useSetSearch, useSharedSearch } from '../app/search.ts';
import { dayWithYear } from '../format/time.ts';
import { StageBar } from '../time/stage-bar.tsx';
import { Part } from '../ui/part.tsx';
import { Headline } from './headline.tsx';
import { HappeningNow, LastDeployments, OpenNow } from './lists.tsx';
import { MetricCard } from './metric-card.tsx';
import { type DoraGroup, metrics } from './metrics.ts';
import { Operations } from './operations.tsx';
import { laneOf, ServiceTable } from './service-table.tsx';
import { Welcome } from './welcome.tsx';
import './overview.css';

/** Where does our delivery time go, and is it getting better? */
export function Overview() {
  const any = useQuery(anySpanQuery);
  const isEmpty = any.data === false;
  return (
    <Page title="Overview" hasRange={!isEmpty}>
      {isEmpty ? <Welcome /> : <Answers />}
    </Page>
  );
}

function Answers() {
  const search = useSharedSearch();
  const dora = useQuery(doraQuery(search));
  const per = bucketOf(daysOf(search.range).days);
  return (
    <>
      <HappeningNow />
      <Part query={dora} height={760}>
        {(answer) => <Services answer={answer} per={per} />}
      </Part>
      <div className="columns">
        <OpenNow />
        <LastDeployments />
      </div>
      <Operations isWaiting={dora.isPending} />
    </>
  );
}

interface ServicesProps {
  readonly answer: Schemas['Dora'];
  readonly per: Bucket;
}

function Services({ answer, per }: ServicesProps) {
  const search = useSearch({
    strict: false,
    select: (all) => texts(all as Record<string, unknown>, ['lane'] as const),
  });
  const setSearch = useSetSearch();
  const { groups } = answer;
  const chosen = groups.find((group) => laneOf(group) === search.lane) ?? groups[0];
  if (chosen === undefined) return <NoDeployments answer={answer} />;
  return (
    <div className="answers">
      <OneService group={chosen} answer={answer} per={per} />
      {groups.length > 1 ? (
        <ServiceTable
          groups={groups}
          leftOut={answer.groups_left_out}
          chosen={laneOf(chosen)}
          choose={(lane) => setSearch({ lane }, true)}
        />
      ) : null}
    </div>
  );
}

interface OneServiceProps extends ServicesProps {
  readonly group: DoraGroup;
}

function OneService({ group, answer, per }: OneServiceProps) {
  const search = useSharedSearch();
  const { service = '', environment = '' } = group.group;
  const details = useQuery(doraQuery({ ...search, service, environment }, true));
  const compared = answer.compared_with;
  const before = compared === null ? 'before' : `${periodName(compared)}`;
  const leadTime = details.data?.groups[0]?.numbers.change_lead_time;
  return (
    <>
      <header className="lane-head">
        <h2>
          {service || 'Unknown service'} <span className="muted">{environment}</span>
        </h2>
        <Headline group={group} before={before} stages={leadTime?.stages ?? null} />
      </header>
      <div className="metrics">
        {metrics.map((metric) => (
          <MetricCard key={metric.key} metric={metric} group={group} answer={answer} per={per} />
        ))}
      </div>
      <Part query={details} height={330}>
        {({ groups, definitions }) => {
          const [one] = groups;
          return one === undefined ? null : (
            <StageBar
              title="Where the time of a change goes"
              leadTime={one.numbers.change_lead_time}
              definition={definitions.change_lead_time}
            />
          );
        }}
      </Part>
    </>
  );
}

function periodName({ from, to }: { readonly from: string; readonly to: string }): string {
  return `${dayWithYear(Date.parse(from))} – ${dayWithYear(Date.parse(to) - 1)}`;
}

function NoDeployments({ answer }: { readonly answer: Schemas['Dora'] }) {
  return (
    <section className="card empty">
      <h2>No deployment to production in this time</h2>
      <p>
        DORA's measures begin with deployments. Choose a longer time, let a source send its deployments (Sources says
        how), or say in the rules which jobs deploy and which environments are production.
      </p>
      <p>{answer.definitions.deployment_frequency?.text}</p>
    </section>
  );
}
