import { doraEndpoint } from './dora.ts';
import { durationsEndpoint } from './durations.ts';
import type { MeasureEndpoint } from './endpoint.ts';
import { flowEndpoint } from './flow.ts';
import { pullRequestsEndpoint } from './pull-requests.ts';

export const measureEndpoints: readonly MeasureEndpoint[] = [
  durationsEndpoint,
  doraEndpoint,
  flowEndpoint,
  pullRequestsEndpoint,
];
