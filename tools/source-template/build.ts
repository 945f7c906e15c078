import * as otel from '../../domain/conventions.ts';
import type { Event, Result, Stage } from '../../domain/event.ts';
import { shortSpanIdOf } from '../../domain/identity.ts';
import { defined } from '../_kit/json.ts';
import { byKey, type Operation, prove, tell } from '../_kit/telling.ts';
import type { Delivery } from '../contract.ts';
import type { BuildPayload } from './schema.ts';

const stages = {
  queued: { key: 'queued', name: 'queued', category: 'waiting' },
  running: { key: 'running', name: 'running', category: 'active' },
} as const satisfies Record<string, Stage>;

const results: Readonly<Record<string, Result>> = { passed: 'success', failed: 'failure', canceled: 'cancelled' };

/** Every state that a payload proves, each with the sender's own time: what came before is told again in every payload. */
export function readBuild({ build, project }: BuildPayload, delivery: Delivery): readonly Event[] {
  const { created_at, started_at, finished_at, status } = build;
  const operation = operationOf({ build, project }, delivery);
  const details: Partial<Event> = {
    ...defined({ title: build.title ?? undefined, url: build.url ?? undefined }),
    tags: { [otel.CICD_PIPELINE_RUN_ID]: String(build.id) },
  };
  const life = [
    prove(operation, created_at, { key: 'created', state: 'start', stage: stages.queued }),
    ...(started_at === undefined
      ? []
      : [prove(operation, started_at, { key: 'started', state: 'transition', stage: stages.running })]),
  ];
  const result = Object.hasOwn(results, status) ? results[status] : undefined;
  const now = finished_at ?? started_at ?? created_at;
  const what: Pick<Event, 'key' | 'state' | 'result'> =
    result === undefined || finished_at === undefined
      ? { key: `updated@${now.at}`, state: 'intermediary' }
      : { key: 'finished', state: 'end', result };
  return byKey([...life, tell(operation, now, now, { ...details, ...what })]);
}

/** From ids that never change; names may. */
function operationOf({ build, project }: Pick<BuildPayload, 'build' | 'project'>, delivery: Delivery): Operation {
  const { instance, receivedAt, channel } = delivery;
  const id = String(build.id);
  const identity = { source: '__id__', instance, kind: 'build', scope: String(project.id), id };
  const name = { scope: project.path, id };
  return { identity, name, aliases: [shortSpanIdOf(identity, name)], operation: 'build', receivedAt, channel };
}
