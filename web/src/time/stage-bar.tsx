import { useRef } from 'react';
import type { Schemas } from '../api/client.ts';
import { ExportMenu } from '../charts/export-menu.tsx';
import { amount, share } from '../format/number.ts';
import { ItemsLink } from '../items/items-link.tsx';
import { Trust, WhyEmpty } from '../ui/trust.tsx';
import { stageNames } from './stages.ts';
import './stage-bar.css';

interface Props {
  readonly title: string;
  readonly leadTime: Schemas['LeadTime'];
  readonly definition: { readonly text: string; readonly docs: string } | undefined;
}

/** Where the time of a change goes: each stage by its part of the mean way, waiting drawn otherwise than work. */
export function StageBar({ title, leadTime, definition }: Props) {
  const list = useRef<HTMLDivElement>(null);
  const known = Object.entries(leadTime.stages ?? {}).map(([stage, of]) => ({ stage, of, mean: of.mean ?? 0 }));
  const total = known.reduce((sum, { mean }) => sum + mean, 0);
  const waiting = known.filter(({ stage }) => stageNames[stage]?.isWaiting).reduce((sum, { mean }) => sum + mean, 0);
  const rows = () => [
    ['stage', 'kind', 'mean (ms)', 'p50 (ms)', 'p90 (ms)', 'n'],
    ...known.map(({ stage, of }) => [
      ...[stage, stageNames[stage]?.isWaiting ? 'waiting' : 'working', of.mean, of.p50, of.p90, of.n],
    ]),
  ];
  return (
    <section className="card" aria-label={title}>
      <header className="card-head">
        <h2>{title}</h2>
        {total > 0 ? (
          <span className="muted">
            <b className="waiting-text">{share(waiting / total)}</b> of it is waiting
          </span>
        ) : null}
        <ExportMenu title={title} rows={rows} />
      </header>
      <div className="card-body" ref={list}>
        {total === 0 ? (
          <WhyEmpty of={leadTime} what="stages" />
        ) : (
          <>
            <div className="stage-bar" role="img" aria-label={`${title}: the table below says the same`}>
              {known
                .filter(({ mean }) => mean > 0)
                .map(({ stage, mean }) => (
                  <div
                    key={stage}
                    className={stageNames[stage]?.isWaiting ? 'waiting' : 'working'}
                    style={{ flexGrow: mean / total }}
                    title={`${stageNames[stage]?.name ?? stage}: ${amount(mean, 'ms')} on average`}
                  >
                    <span>{share(mean / total)}</span>
                  </div>
                ))}
            </div>
            <div className="table-scroll">
              <table className="table stages">
                <thead>
                  <tr>
                    <th scope="col">Stage</th>
                    <th scope="col" className="number">
                      Share
                    </th>
                    <th scope="col" className="number">
                      Median
                    </th>
                    <th scope="col" className="number">
                      90%
                    </th>
                    <th scope="col">Made of</th>
                  </tr>
                </thead>
                <tbody>
                  {known.map(({ stage, of, mean }) => (
                    <tr key={stage}>
                      <th scope="row">
                        <span className="stage-name">
                          <i className={`swatch ${stageNames[stage]?.isWaiting ? 'waiting' : 'working'}`} aria-hidden />
                          <span>
                            {stageNames[stage]?.name ?? stage}
                            <small className="muted"> {stageNames[stage]?.says}</small>
                          </span>
                        </span>
                      </th>
                      <td className="number">{share(mean / total)}</td>
                      <td className="number">
                        <ItemsLink
                          path={of.items}
                          label={`${stageNames[stage]?.name}: median ${amount(of.p50, 'ms')}, its items`}
                        >
                          {amount(of.p50, 'ms')}
                        </ItemsLink>
                      </td>
                      <td className="number">{amount(of.p90, 'ms')}</td>
                      <td>
                        <Trust
                          of={of}
                          title={stageNames[stage]?.name ?? stage}
                          definition={definitionOf(stage, definition?.docs)}
                        />
                      </td>
                    </tr>
                  ))}
                </tbody>
              </table>
            </div>
          </>
        )}
      </div>
    </section>
  );
}

function definitionOf(stage: string, docs: string | undefined) {
  const says = stageNames[stage]?.says;
  return docs === undefined || says === undefined ? undefined : { text: `The time that it was so: ${says}.`, docs };
}
