import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useLive } from '../api/live.ts';
import { sourcesQuery } from '../api/queries.ts';
import { sessionQuery } from '../app/session.ts';
import { Copyable, CopyButton } from '../ui/copy.tsx';
import { Part } from '../ui/part.tsx';

/** Three ways to the first span; the overview takes its place by itself when one of them was gone. */
export function Welcome() {
  const query = useQuery(sourcesQuery);
  const { connection } = useLive();
  const { origin } = window.location;
  const isClosed = useQuery(sessionQuery).data?.required === true;
  const token = isClosed ? ` \\\n  -H "authorization: Bearer $VS_TOKEN"` : '';
  const curl = `curl ${origin}/webhooks/customhttp${token} \\
  -H 'content-type: application/json' \\
  -d '{"id": "1", "namespace": "demo", "type": "build", "action": "start", "title": "My first build"}'`;
  return (
    <div className="welcome">
      <header>
        <h2>Three ways to your first span</h2>
        <p className="muted">
          ValueStream shows where delivery time goes, from what your tools tell it by webhooks. Nothing has come yet;
          this page changes by itself when the first event arrives.
        </p>
        <p className="row" role="status">
          <i className={`pulse ${connection === 'live' ? 'good' : 'warn'}`} aria-hidden />
          {connection === 'live' ? 'Listening for the first event …' : 'Connecting …'}
        </p>
      </header>
      <ol className="ways">
        <li className="card">
          <h3>Paste a webhook URL</h3>
          <p>Into the settings of a tool that you use, content type application/json.</p>
          <Part query={query} height={180}>
            {({ items }) => (
              <ul className="list urls">
                {items.map(({ id, instance, title, url }) => (
                  <li key={`${id}/${instance}`}>
                    <strong>{title}</strong>
                    <code className="clip">{url}</code>
                    <CopyButton text={url} what={`the webhook URL for ${title}`} />
                  </li>
                ))}
              </ul>
            )}
          </Part>
          <Link to="/sources">Step by step, for each tool</Link>
        </li>
        <li className="card">
          <h3>Run a curl</h3>
          <p>One command in a terminal on this machine makes a span of your own.</p>
          <Copyable text={curl} what="the curl command" />
        </li>
        <li className="card">
          <h3>Load the demo</h3>
          <p>
            A believable quarter of three teams, through the same webhooks: good weeks and bad ones, incidents, a
            rollback.
          </p>
          <Copyable text="valuestream demo" what="the demo command" />
          <p className="muted">
            In a clone of the repository it is <code>node src/main.ts demo</code>.
          </p>
        </li>
      </ol>
    </div>
  );
}
