import type { Definition, Measure } from '../measure.ts';
import type { Dimension } from '../window.ts';
import * as sql from './items.sql.ts';

const dimensions: readonly Dimension[] = ['operation', 'source', 'project', 'team', 'service', 'result', 'type'];

/** What is told of issues and incidents, and of anything else that is asked for, by the names of the numbers. */
export const flowMeasures = {
  flow_time: {
    name: 'flow_time',
    definition: 'The time from the start of an item to its end, of items done in the window.',
    anchor: 'flow-time',
    unit: 'ms',
    items: sql.flowTime,
    dimensions,
    isSpread: true,
  },
  throughput: {
    name: 'throughput',
    definition: 'How many items were done in the window.',
    anchor: 'flow-velocity',
    unit: 'count',
    items: sql.done,
    dimensions,
  },
  efficiency: {
    name: 'flow_efficiency',
    definition:
      'The time in active stages in proportion to that in active and in waiting ones, of items done in the window, taken together.',
    anchor: 'flow-efficiency',
    unit: 'ratio',
    items: sql.efficiency,
    dimensions,
    sums: ['active', 'waiting', 'unknown'],
    details: ['active', 'waiting', 'unknown'],
  },
  load: {
    name: 'flow_load',
    definition:
      'How many items were open on average over the window: the time in it that all were open, by its length.',
    anchor: 'flow-load',
    unit: 'ms',
    items: sql.load,
    dimensions,
    isStock: true,
  },
  departures: {
    name: 'flow_departures',
    definition: 'The time from the start of an item to its end, of items that have ended in the window, done or not.',
    anchor: 'littles-law',
    unit: 'ms',
    items: sql.departures,
    dimensions,
  },
} as const satisfies Record<string, Measure>;

/** Of numbers that are made of the items of {@link flowMeasures}, by their names. */
export const flowDefinitions = {
  velocity: { definition: 'How many items were done per week of the window.', anchor: 'flow-velocity' },
  distribution: {
    definition: 'Of each kind of work, how many items were done in the window, in proportion to all, and are open now.',
    anchor: 'flow-distribution',
  },
  littles_law: {
    definition:
      'How many items were open on average, by how many have ended per day times how long those had taken: near 1 where as much leaves as arrives.',
    anchor: 'littles-law',
  },
  forecast: {
    definition:
      'When so many items will be done, or how many by a day, in most of the futures that are drawn from the days of the past.',
    anchor: 'forecast',
  },
} as const satisfies Record<string, Definition>;

/** All that have begun, for the cumulative flow. */
export const arrivedMeasure: Measure = {
  name: 'flow_arrived',
  definition: 'How many items had begun before the end of the window.',
  anchor: 'cumulative-flow',
  unit: 'count',
  items: sql.arrived,
  dimensions,
  isStock: true,
};

/** The time in each stage, which the ages of what is open are compared with. */
export const stageTimeMeasure: Measure = {
  name: 'flow_stage_time',
  definition: 'The time in a stage, however often an item came there, of items done in the window.',
  anchor: 'ageing-work',
  unit: 'ms',
  items: sql.stageTime,
  dimensions: [...dimensions, 'stage'],
  part: 'stage',
  isSpread: true,
};

/** What is open now, and for how long. */
export const ageMeasure: Measure = {
  name: 'flow_age',
  definition: 'How long those items have been open that are so now and began before the end of the window.',
  anchor: 'ageing-work',
  unit: 'ms',
  items: sql.age,
  dimensions: [...dimensions, 'stage'],
  details: ['stage', 'category', 'time_in_stage'],
  isSpread: true,
  isStock: true,
};
