import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import type { Schemas } from '../api/client.ts';
import { DeliveryBody } from '../deliveries/delivery-body.tsx';
import { inWords } from '../format/words.ts';
import { Section } from '../ui/section.tsx';

type Detail = Schemas['SpanDetail'];

const kinds: Readonly<Record<string, string>> = {
  caused_by: 'caused by',
  fixes: 'fixes',
  part_of: 'part of',
  retry_of: 'is run again instead of',
  about: 'has to do with',
  carries: 'carries',
  caused_incident: 'came before the incident',
};

const backwards: Readonly<Record<string, string>> = {
  caused_by: 'caused',
  fixes: 'is fixed by',
  part_of: 'contains',
  retry_of: 'was run again as',
  about: 'is the subject of',
  carries: 'was brought by',
  caused_incident: 'came after the deployment',
};

const vias: Readonly<Record<string, string>> = {
  parent: 'the field that names the cause',
  field: 'a field made for it',
  parameter: 'a parameter',
  branch: 'the name of the branch',
  title: 'the title',
  text: 'the description',
  message: 'a commit message',
};

/** What it is linked with, why, and which deliveries said so. */
export function LinkedSection({ detail, attempt }: { readonly detail: Detail; readonly attempt: number }) {
  const linked = detail.linked.filter(({ from_attempt }) => from_attempt === attempt);
  return (
    <>
      <Section title="Linked, and why" count={linked.length + detail.linked_from.length}>
        <ul className="list linked">
          {linked.map((link) => (
            <Linked key={`${link.kind}${link.span_id}${link.reason.value}`} link={link} />
          ))}
          {detail.linked_from.map((link) => (
            <li key={`from${link.kind}${link.span_id}${link.attempt}`}>
              <p>
                {backwards[link.kind] ?? inWords(link.kind)} <SpanLink id={link.span_id} />
              </p>
            </li>
          ))}
        </ul>
      </Section>
      <Section title="Waiting for" count={detail.waiting_for.length} isFolded>
        <p className="muted">Named here, and not seen yet: a link forms when it arrives.</p>
        <ul className="list linked">
          {detail.waiting_for.map(({ type, value, scope, via }) => (
            <li key={`${type}${value}${scope}`}>
              {inWords(type)} <code>{value}</code> {scope === '' ? '' : `in ${scope}`}, read in {vias[via] ?? via}
            </li>
          ))}
        </ul>
      </Section>
      <Section title="May mean several" count={detail.ambiguous.length}>
        <ul className="list linked">
          {detail.ambiguous.map(({ name, span_ids }) => (
            <li key={name}>
              <code>{name}</code> may be any of{' '}
              {span_ids.map((id) => (
                <SpanLink key={id} id={id} />
              ))}
            </li>
          ))}
        </ul>
      </Section>
      <Section title="What people said" count={detail.verdicts.length}>
        <ul className="list linked">
          {detail.verdicts.map(({ author, reason, is_failure, is_rework, said_at }) => (
            <li key={said_at}>
              {author}: {is_failure === null ? '' : is_failure ? 'a failure. ' : 'no failure. '}
              {is_rework === null ? '' : is_rework ? 'Rework. ' : 'No rework. '}
              {reason}
            </li>
          ))}
        </ul>
      </Section>
    </>
  );
}

function Linked({ link }: { readonly link: Detail['linked'][number] }) {
  const [shown, setShown] = useState<string | null>(null);
  const { reason } = link;
  const deliveries = [
    ...link.wanted_in.map((id) => [id, 'that names it'] as const),
    ...link.provided_in
      .filter((id) => !link.wanted_in.includes(id))
      .map((id) => [id, 'that says whose it is'] as const),
  ];
  return (
    <li>
      <p>
        {kinds[link.kind] ?? inWords(link.kind)} <SpanLink id={link.span_id} />{' '}
        <span
          className={`badge ${link.certainty === 'certain' ? 'good' : link.certainty === 'likely' ? 'open' : 'warn'}`}
        >
          {link.certainty}
        </span>
        {link.is_parent ? <span className="badge"> parent</span> : null}
      </p>
      <p className="muted">
        because of {inWords(reason.type).toLowerCase()} <code>{reason.value}</code>
        {reason.scope === '' ? '' : ` in ${reason.scope}`}, read in {vias[reason.via] ?? reason.via}
        {reason.through === null ? '' : ` of commit ${reason.through.slice(0, 10)}`}
      </p>
      <div className="row">
        {deliveries.slice(0, DELIVERIES_SHOWN).map(([id, why]) => (
          <button
            key={`${id}${why}`}
            type="button"
            className="trust"
            aria-expanded={shown === id}
            onClick={() => setShown(shown === id ? null : id)}
          >
            {shown === id ? 'Hide' : 'Raw JSON of'} delivery {id} {why}
          </button>
        ))}
      </div>
      {shown === null ? null : <DeliveryBody id={shown} />}
    </li>
  );
}

/** They say the same; the rest is among the events. */
const DELIVERIES_SHOWN = 3;

function SpanLink({ id }: { readonly id: string }) {
  return (
    <Link to="/traces/$traceId" params={{ traceId: id }} search={{ span: id } as never} className="break">
      {id}
    </Link>
  );
}
