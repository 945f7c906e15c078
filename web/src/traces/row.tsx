import { memo } from 'react';
import { duration } from '../format/duration.ts';
import { shortTime } from '../format/time.ts';
import { inWords } from '../format/words.ts';
import type { Row, Trace, TraceSpan } from './tree.ts';
import type { View } from './view.ts';

export type Segment = Trace['critical_path'][number];

interface Props {
  readonly row: Row;
  readonly id: string;
  readonly view: View;
  readonly now: number;
  readonly isActive: boolean;
  readonly isChosen: boolean;
  readonly isLinked: boolean;
  readonly path: readonly Segment[] | undefined;
  readonly choose: (key: string) => void;
  readonly fold: (key: string) => void;
}

/** In percent of the lane: about as wide as the least that is drawn of a bar. */
const TINY = 0.4;

/** One span of the waterfall. */
export const SpanRow = memo(function SpanRow(props: Props) {
  const { row, id, isActive, isChosen, isLinked, choose, fold } = props;
  const { span, depth, below, isFolded, key } = row;
  const title = span.title ?? span.span_id;
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the tree that it stands in has the keys.
    <div
      id={id}
      role="treeitem"
      tabIndex={-1}
      aria-description={restOf(row)}
      aria-level={depth + 1}
      aria-posinset={row.position}
      aria-setsize={row.siblings}
      aria-selected={isChosen}
      aria-expanded={below === 0 ? undefined : !isFolded}
      className="wf-row"
      data-active={isActive}
      data-linked={isLinked}
      onClick={() => choose(key)}
    >
      <div className="wf-name" style={{ paddingLeft: 8 + Math.min(depth, 12) * 14 }}>
        {below === 0 ? (
          <i className="wf-leaf" />
        ) : (
          // biome-ignore lint/a11y/useKeyWithClickEvents: left and right do it.
          // biome-ignore lint/a11y/noStaticElementInteractions: of the tree item, which says whether it is expanded.
          <i
            className={isFolded ? 'wf-fold' : 'wf-fold is-open'}
            onClick={(event) => {
              event.stopPropagation();
              fold(key);
            }}
          />
        )}
        <i className="dot" data-operation={span.operation_name} />
        <span className="clip">{title}</span>
        {span.attempt > 1 ? <small className="muted">#{span.attempt}</small> : null}
        {span.is_error ? (
          <b className="wf-error" aria-hidden>
            !
          </b>
        ) : null}
        {isFolded ? <small className="muted">+{below}</small> : null}
        <small className="wf-operation">{inWords(span.operation_name)}</small>
      </div>
      <div className="wf-lane">
        <Bar {...props} />
      </div>
    </div>
  );
});

function Bar({ row: { span, from, to }, view, now, path }: Props) {
  const length = view.to - view.from;
  const at = (time: number) => ((time - view.from) / length) * 100;
  const [left, right] = [at(from), at(to)];
  // Far outside of what is shown nothing has to be drawn, and browsers draw very wide boxes slowly.
  if (right < -5 || left > 105) return <Outside isBefore={right < 0} />;
  // Its stages would be less than a pixel each.
  const stages = right - left < TINY ? [] : span.stages;
  const kind = `${span.state === 'open' ? ' is-open' : ''}${span.is_error ? ' is-error' : ''}`;
  return (
    <>
      <span {...placeOfLength(left, right)}>{lengthOf(span, from, to)}</span>
      <div
        className={`wf-bar${kind}${stages.length > 0 ? ' has-stages' : ''}${span.started_at === null ? ' no-start' : ''}`}
        data-operation={span.operation_name}
        style={spread(left, right)}
      />
      {stages.map((stage) => (
        <Stage key={stage.started_at + stage.key} stage={stage} at={at} now={span.finished_at === null ? now : to} />
      ))}
      {path?.map((segment) => (
        <i
          key={segment.from}
          className={`wf-path${segment.is_gap ? ' is-gap' : ''}`}
          style={spread(at(Date.parse(segment.from)), at(Date.parse(segment.to)))}
        />
      ))}
    </>
  );
}

/** Beside the bar where there is room: behind it, before it, else on it. */
function placeOfLength(left: number, right: number) {
  if (right <= 88) return { className: 'wf-length', style: { marginLeft: `${Math.max(right, 0)}%` } };
  if (left >= 14) return { className: 'wf-length before', style: { marginRight: `${100 - left}%` } };
  return { className: 'wf-length on-bar', style: { right: `${Math.max(100 - right, 0) + 1}%` } };
}

function lengthOf(span: TraceSpan, from: number, to: number): string {
  if (span.state === 'open') return `${duration(to - from)}, open`;
  return span.duration_ms === null ? 'unknown' : duration(span.duration_ms);
}

function Outside({ isBefore }: { readonly isBefore: boolean }) {
  return <span className={`wf-outside ${isBefore ? 'before' : 'after'}`}>{isBefore ? '‹' : '›'}</span>;
}

interface StageProps {
  readonly stage: TraceSpan['stages'][number];
  readonly at: (time: number) => number;
  readonly now: number;
}

function Stage({ stage, at, now }: StageProps) {
  const from = Date.parse(stage.started_at);
  const to = stage.finished_at === null ? now : Date.parse(stage.finished_at);
  const [left, right] = [at(from), at(to)];
  if (right <= left || right < 0 || left > 100) return null;
  return (
    <i
      className={`wf-stage ${stage.category ?? 'unsure'}`}
      style={spread(left, right)}
      title={`${stage.name}${stage.category === null ? '' : ` (${stage.category})`}: ${duration(to - from)}`}
    />
  );
}

function spread(left: number, right: number) {
  const [start, end] = [Math.max(left, -5), Math.min(right, 105)];
  return { marginLeft: `${start}%`, width: `${Math.max(end - start, 0)}%` };
}

/** What the bar shows by place and pattern, for those who do not see it. */
function restOf({ span, from }: Row): string {
  const how = span.state === 'open' ? 'open' : inWords(span.result ?? 'finished').toLowerCase();
  const stages = span.stages.map(({ name, duration_ms: ms }) => `${name} ${ms === null ? '' : duration(ms)}`.trim());
  return `${how}; from ${shortTime(from)}${stages.length > 0 ? `; stages: ${stages.join(', ')}` : ''}`;
}
