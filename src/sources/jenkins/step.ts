import type { Event } from '../../domain/event.ts';
import { tell } from '../_kit/telling.ts';
import type { SourceTime } from '../_kit/time.ts';
import type { Delivery } from '../contract.ts';
import { type Ignored, ignored } from '../define.ts';
import { buildAt, buildOf } from './operation.ts';
import type { StepPayload } from './schema.ts';

/** A step of a build, or its checkout: remarks on the build, told as it goes on. */
export function readStep(step: StepPayload, delivery: Delivery): readonly Event[] | Ignored {
  const build = buildAt(step.buildUrl);
  if (build === null) return ignored('its address names no build');
  const operation = buildOf(build.job, build.number, delivery);
  const name = step.buildStepId ?? 'checkout';
  const facts = { step: step.buildStepType ?? 'checkout' };
  const told = (at: SourceTime | undefined, what: string) =>
    at === undefined ? [] : [tell(operation, at, at, { key: `step:${name}:${what}`, state: 'intermediary', facts })];
  const events: Event[] = [...told(step.startTime, 'started'), ...told(step.endTime, 'ended')];
  return events.length === 0 ? ignored('a step that tells no time') : events;
}
