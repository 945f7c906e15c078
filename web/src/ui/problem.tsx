import { useQueryErrorResetBoundary } from '@tanstack/react-query';
import { type ErrorComponentProps, Link, useRouter } from '@tanstack/react-router';
import { ProblemError } from '../api/client.ts';
import { share } from '../format/number.ts';
import { AlertTriangle, RotateCcw } from './icon.ts';

interface Props {
  readonly error: Error;
  readonly retry?: () => void;
  readonly what?: string;
}

/** What went wrong, and the ways out of it. */
export function ProblemBox({ error, retry, what }: Props) {
  const problem = error instanceof ProblemError ? error.problem : null;
  const isOffline = !(error instanceof ProblemError) && error instanceof TypeError;
  const title = problem?.title ?? (isOffline ? 'The server cannot be reached' : 'Something went wrong');
  const detail = isOffline ? 'Is it running, and is the network up? What you see may be old.' : error.message;
  return (
    <div className="problem" role="alert">
      <AlertTriangle size={18} aria-hidden />
      <div>
        <strong>{what === undefined ? title : `${what}: ${title.charAt(0).toLowerCase()}${title.slice(1)}`}</strong>
        <p>{detail}</p>
        {problem?.progress === undefined ? null : <p>{share(problem.progress)} done.</p>}
        {problem?.errors?.length ? (
          <ul>
            {problem.errors.map(({ pointer, message }) => (
              <li key={pointer}>
                <code>{pointer}</code> {message}
              </li>
            ))}
          </ul>
        ) : null}
        <div className="row">
          {retry === undefined ? null : (
            <button type="button" className="button" onClick={retry}>
              <RotateCcw size={14} aria-hidden /> Try again
            </button>
          )}
          {problem?.code === 'invalid_parameter' ? (
            <Link to="." search={{}} className="button">
              Reset the filters
            </Link>
          ) : null}
        </div>
      </div>
    </div>
  );
}

/** For what a page throws: nobody is left with an empty screen. */
export function PageProblem({ error }: ErrorComponentProps) {
  const router = useRouter();
  const { reset } = useQueryErrorResetBoundary();
  const retry = () => {
    reset();
    void router.invalidate();
  };
  return (
    <div className="page">
      <ProblemBox error={error instanceof Error ? error : new Error(String(error))} retry={retry} />
      <p>
        <Link to="/" search={{}}>
          Back to the overview
        </Link>
      </p>
    </div>
  );
}

export function NotFound() {
  return (
    <div className="page empty">
      <h2>There is no such page</h2>
      <p>The address may be mistyped, or from another version.</p>
      <Link to="/" search={{}} className="button primary">
        To the overview
      </Link>
    </div>
  );
}
