import { durationsEndpoint } from './durations.ts';
import type { MeasureEndpoint } from './endpoint.ts';

export const measureEndpoints: readonly MeasureEndpoint[] = [durationsEndpoint];
