import { Link } from '@tanstack/react-router';
import type { Schemas } from '../api/client.ts';
import { count, plural } from '../format/number.ts';
import { missingInWords, reasonInWords } from '../format/words.ts';
import { ItemsLink } from '../items/items-link.tsx';
import { Popover } from './popover.tsx';

type Trusted = Pick<Schemas['Measured'], 'n' | 'is_few' | 'excluded' | 'items' | 'missing'>;

interface Props {
  readonly of: Trusted;
  readonly title: string;
  readonly definition: { readonly text: string; readonly docs: string } | undefined;
}

/** Of how many a number is made, what it means and what it leaves out: one click away. */
export function Trust({ of, title, definition }: Props) {
  const left = of.excluded.reduce((sum, one) => sum + one.count, 0);
  return (
    <Popover
      className="trust"
      label={
        <>
          n = {count(of.n)}
          {of.is_few && of.n > 0 ? <span className="few">few</span> : null}
          {left > 0 ? ` · ${count(left)} left out` : ''}
          <span className="sr-only">: {title}, what it means and what it leaves out</span>
        </>
      }
      title={title}
    >
      {definition === undefined ? null : <p>{definition.text}</p>}
      {of.is_few && of.n > 0 ? (
        <p>It is made of fewer than five: look at the items rather than at the number.</p>
      ) : null}
      <Exclusions of={of} />
      <p className="row">
        <ItemsLink path={of.items} reason="counted">
          {plural(of.n, 'item')} that count
        </ItemsLink>
        {definition === undefined ? null : <DefinitionLink docs={definition.docs} />}
      </p>
    </Popover>
  );
}

function DefinitionLink({ docs }: { readonly docs: string }) {
  return (
    <Link to="/definitions" search={true} hash={docs.split('#')[1] ?? ''}>
      How it is defined
    </Link>
  );
}

function Exclusions({ of }: { readonly of: Trusted }) {
  if (of.excluded.length === 0) return <p className="muted">Nothing is left out.</p>;
  return (
    <>
      <p className="muted">Left out, and why:</p>
      <ul className="exclusions">
        {of.excluded.map(({ reason, count: times }) => (
          <li key={reason}>
            <ItemsLink path={of.items} reason={reason}>
              {count(times)}
            </ItemsLink>{' '}
            {reasonInWords(reason)}
          </li>
        ))}
      </ul>
    </>
  );
}

/** Instead of an empty chart: why it is empty, and what to do. */
export function WhyEmpty({ of, what }: { readonly of: Trusted; readonly what: string }) {
  return (
    <div className="why-empty">
      <strong>No {what} to show</strong>
      <p>{missingInWords(of.missing)}</p>
      {of.excluded.length > 0 ? (
        <Exclusions of={of} />
      ) : (
        <p>
          Choose a longer time or fewer filters above, or look whether <Link to="/sources">its source</Link> sends.
        </p>
      )}
    </div>
  );
}
