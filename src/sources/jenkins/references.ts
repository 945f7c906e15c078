import type { Event } from '../../domain/event.ts';
import type { Reference } from '../../domain/reference.ts';
import { addressOfRemote } from '../_kit/git.ts';
import { issueKeysIn, mentionsOf, spansIn } from '../_kit/mentions.ts';
import type { Delivery } from '../contract.ts';
import { PULL_REQUEST, serverScope } from './operation.ts';
import type { BuildPayload } from './schema.ts';

/** As people have written into their jobs for years. */
const TRACE_PARAMETER = 'vstrace-trace-id';
/** Servers that keep branches as files allow less. */
const MAX_LENGTH = 512;
/** Jenkins' own words, in English; the number may be grouped as numbers are. */
const UPSTREAM = /Started by upstream project "([^"]{1,512})" build number (\d[\d.,]{0,12})/;

/** What is known of a build besides its payload's own fields. */
interface Made {
  readonly job: string;
  readonly branch: string | undefined;
  readonly commit: string | undefined;
}

/**
 * A build is never edited, and its end knows less than its start. So what it names is never taken back: none of it is a
 * mention.
 */
export function referencesOf(build: BuildPayload, made: Made, delivery: Delivery): Pick<Event, 'provides' | 'wants'> {
  const scope = serverScope(delivery);
  const trace = build.parameters.find(([name]) => name === TRACE_PARAMETER)?.[1];
  const upstream = upstreamOf(build.buildCause);
  const wants = mentionsOf([
    ...spansIn(trace, 'parameter'),
    ...(upstream === undefined ? [] : [{ type: 'job', scope, value: upstream } as const]),
    ...sourceOf(made, addressOfRemote(build.scmInfo?.url)),
  ]);
  return {
    provides: [{ type: 'job', scope, value: `${made.job}#${build.number}` }],
    ...(wants.length === 0 ? {} : { wants }),
  };
}

function upstreamOf(cause: string | undefined): string | undefined {
  const [, job, number] = UPSTREAM.exec(cause ?? '') ?? [];
  return job === undefined || number === undefined ? undefined : `${job}#${number.replace(/\D/g, '')}`;
}

/** What it was built from. Names that are unique in a repository need its address; a commit is known everywhere. */
function sourceOf({ job, branch, commit }: Made, repository: string | undefined): Reference[] {
  const within = (type: 'pull_request' | 'branch', value: string | undefined): Reference[] =>
    repository === undefined || value === undefined ? [] : [{ type, scope: repository, value }];
  const last = job.includes('/') ? job.slice(job.lastIndexOf('/') + 1) : '';
  const own = branch === undefined || branch.length > MAX_LENGTH || PULL_REQUEST.test(branch) ? undefined : branch;
  return [
    ...(commit === undefined ? [] : [{ type: 'commit', scope: repository ?? '', value: commit } as const]),
    ...within('pull_request', (PULL_REQUEST.exec(last) ?? PULL_REQUEST.exec(branch ?? ''))?.[1]),
    ...within('branch', own),
    // Where a job's name is no sign of a branch, a span's id in it still is one.
    ...spansIn(own ?? last, 'branch'),
    ...issueKeysIn(own, 'branch'),
  ];
}
