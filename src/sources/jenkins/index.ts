import { own } from '../_kit/json.ts';
import { anyOf, authorization, urlToken } from '../_kit/signatures.ts';
import type { Delivery } from '../contract.ts';
import { defineSource, discarded, on } from '../define.ts';
import { readBuild } from './build.ts';
import { readQueue } from './queue.ts';
import { BuildHook, ProjectHook, QueueHook, StepHook } from './schema.ts';
import { readStep } from './step.ts';

const step = on(StepHook, readStep);

export const jenkins = defineSource({
  id: 'jenkins',
  title: 'Jenkins',
  tells: 'builds with queue and run, deploys by parameter or by rule',
  stability: 'beta',
  forms: false,
  keepHeaders: ['content-type', 'user-agent'],
  // The plugin signs nothing; it can only be given a URL, and some proxies add a header.
  verify: anyOf(authorization(), urlToken()),
  // It marks nothing and sends nothing twice, so the same bytes are the same delivery.
  deliveryKey: () => undefined,
  hook: { from: 'a field that shows its kind', read: ({ payload }) => hookOf(payload) },
  action: ({ payload }) => own(payload, 'result') ?? own(payload, 'status'),
  readers: {
    build: on(BuildHook, readBuild),
    queue: on(QueueHook, readQueue),
    step,
    checkout: step,
    project: on(ProjectHook, () =>
      discarded('a change of a job; its configuration may hold secrets, so it is not kept'),
    ),
  },
});

/** Nothing names the kind of a payload; its fields do. */
function hookOf(payload: Delivery['payload']): string | undefined {
  const has = (field: string) => own(payload, field) !== undefined;
  if (has('configFile') || has('createdDate') || has('updatedDate')) return 'project';
  if (has('jenkinsQueueId')) return 'queue';
  if (has('buildStepType') || has('buildStepId')) return 'step';
  if (has('number') && has('result')) return 'build';
  return has('buildUrl') && has('startTime') ? 'checkout' : undefined;
}
