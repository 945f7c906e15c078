import * as otel from '../../domain/conventions.ts';
import type { Event } from '../../domain/event.ts';
import { type Identity, type Name, shortSpanIdOf, spanIdOf } from '../../domain/identity.ts';
import { pageOfRemote } from '../_kit/git.ts';
import { defined, own } from '../_kit/json.ts';
import type { Delivery } from '../contract.ts';
import { referencesOf } from './references.ts';
import type { CustomEvent } from './schema.ts';
import { type Context, contextOf } from './trace-context.ts';

/** What one custom event means. */
export function readEvent(event: CustomEvent, index: number, delivery: Delivery): Event {
  const { instance, receivedAt, channel } = delivery;
  const identity: Identity = {
    source: 'customhttp',
    instance,
    kind: event.type,
    scope: event.namespace,
    id: event.id,
  };
  const name: Name = { scope: event.namespace, id: event.id };
  const { at, precisionMs } = event.time ?? { at: receivedAt, precisionMs: 1 };
  return {
    identity,
    name,
    ...aliasesOf(identity, name),
    key: keyOf(event, index, delivery),
    state: event.action,
    operation: event.type,
    occurredAt: at,
    precisionMs,
    receivedAt,
    observedAt: at,
    channel,
    ...outcomeOf(event),
    ...detailsOf(event, contextOf(event, delivery.headers)),
  };
}

function aliasesOf(identity: Identity, name: Name): Pick<Event, 'aliases'> {
  const short = shortSpanIdOf(identity, name);
  return short === spanIdOf(identity, name) ? {} : { aliases: [short] };
}

// Without a time of its own every delivery is a fact of its own: a nightly job may rightly send the same again.
function keyOf({ action, stage, time }: CustomEvent, index: number, { key }: Delivery): string {
  if (time === undefined) return `${action}#${key}/${index}`;
  return `${action}${stage === undefined ? '' : `:${stage.key}`}@${time.at}`;
}

function outcomeOf({ action, error }: CustomEvent): Pick<Event, 'result' | 'isError'> {
  if (action !== 'end') return error === undefined ? {} : { isError: error };
  return { result: error === true ? 'failure' : 'success', isError: error === true };
}

function detailsOf(event: CustomEvent, context: Context | null): Partial<Event> {
  const { commit, branch, environment, metadata } = event;
  const repository = own(metadata, otel.VCS_REPOSITORY_URL_FULL);
  const tags = {
    ...metadata,
    ...defined({
      // A remote may hold a token.
      [otel.VCS_REPOSITORY_URL_FULL]: typeof repository === 'string' ? pageOfRemote(repository) : undefined,
      [otel.VCS_REF_HEAD_REVISION]: commit,
      [otel.VCS_REF_HEAD_NAME]: branch,
      [otel.DEPLOYMENT_ENVIRONMENT_NAME]: environment,
      traceparent: context?.traceparent,
    }),
  };
  const facts = defined({ environment, branch, commit });
  return {
    ...defined({ startedAt: event.started_at?.at, stage: event.stage, title: event.title, url: event.url }),
    ...(Object.keys(tags).length === 0 ? {} : { tags }),
    ...(Object.keys(facts).length === 0 ? {} : { facts }),
    ...referencesOf(event, context),
  };
}
