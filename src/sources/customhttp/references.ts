import * as otel from '../../domain/conventions.ts';
import type { Event } from '../../domain/event.ts';
import type { Reference } from '../../domain/reference.ts';
import { addressOfRemote, shaOf } from '../_kit/git.ts';
import { own } from '../_kit/json.ts';
import { issueKeysIn, mentionsOf, spansIn } from '../_kit/mentions.ts';
import type { CustomEvent } from './schema.ts';
import type { Context } from './trace-context.ts';

/** The types whose commit and branch are of their own making. Everything else was made from what it names. */
const CHANGES = ['pull_request', 'merge_request', 'change'];
const ISSUES = ['issue', 'ticket'];
/**
 * What a sender writes into a field is not taken back by an event that leaves the field out; only its title is replaced by
 * the next one.
 */
export function referencesOf(
  event: CustomEvent,
  context: Context | null,
): Pick<Event, 'provides' | 'wants' | 'mentions'> {
  const { title } = event;
  const provides = [...(ISSUES.includes(event.type) ? keyOf(event) : []), ...(isChange(event) ? madeBy(event) : [])];
  const wants = mentionsOf([
    ...spansOf(event, context),
    ...(isChange(event) ? [] : madeFrom(event)),
    ...spansIn(event.branch, 'branch'),
    ...issueKeysIn(event.branch, 'branch'),
  ]);
  return {
    ...(provides.length === 0 ? {} : { provides }),
    ...(wants.length === 0 ? {} : { wants }),
    ...(title === undefined
      ? {}
      : { mentions: mentionsOf([...spansIn(title, 'title'), ...issueKeysIn(title, 'title')]) }),
  };
}

function isChange({ type }: CustomEvent): boolean {
  return CHANGES.includes(type);
}

/** Of an id that is the key of an issue, as a tracker's own webhooks would provide it. */
function keyOf({ id }: CustomEvent): Reference[] {
  const isKey = issueKeysIn(id, 'title').some(({ value }) => value === id);
  return isKey ? [{ type: 'issue_key', scope: '', value: id }] : [];
}

/** What the sender calls the cause; else the span that it ran in. */
function spansOf({ parent_id, trace_id }: CustomEvent, context: Context | null): Reference[] {
  const cause = parent_id ?? context?.spanId ?? undefined;
  const parent: Reference[] = cause === undefined ? [] : [{ type: 'span', scope: '', value: cause, via: 'parent' }];
  const trace: Reference[] =
    trace_id === undefined || trace_id === cause ? [] : [{ type: 'span', scope: '', value: trace_id }];
  return [...parent, ...trace];
}

function madeBy(event: CustomEvent): Reference[] {
  const { commit, namespace } = event;
  return [
    ...(commit === undefined ? [] : [{ type: 'commit', scope: namespace, value: shaOf(commit) ?? commit } as const]),
    ...branchesOf(event),
  ];
}

/** A commit of git is the same everywhere; what another tool counts or names means something in the namespace only. */
function madeFrom(event: CustomEvent): Reference[] {
  const { commit, namespace } = event;
  const sha = shaOf(commit);
  const scope = sha === undefined ? namespace : (repositoryOf(event) ?? '');
  return [
    ...(commit === undefined ? [] : [{ type: 'commit', scope, value: sha ?? commit } as const]),
    ...branchesOf(event),
  ];
}

/** By the sender's own namespace, and as the tools that know the repository call it. */
function branchesOf(event: CustomEvent): Reference[] {
  const { branch, namespace } = event;
  const scopes = [repositoryOf(event), namespace].filter((scope) => scope !== undefined);
  return branch === undefined ? [] : scopes.map((scope) => ({ type: 'branch', scope, value: branch }));
}

function repositoryOf({ metadata }: CustomEvent): string | undefined {
  const url = own(metadata, otel.VCS_REPOSITORY_URL_FULL);
  return typeof url === 'string' ? addressOfRemote(url) : undefined;
}
