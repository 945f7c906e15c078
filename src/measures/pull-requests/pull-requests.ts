import type { Definition, Measure } from '../measure.ts';
import type { Dimension } from '../window.ts';
import * as sql from './items.sql.ts';

const dimensions: readonly Dimension[] = ['source', 'project', 'team', 'service', 'result', 'author'];
const shared = { dimensions, anchor: 'pull-requests' } as const;

/** What is told of pull requests, by the names of the numbers. docs/measures.md defines each, with a worked example. */
export const pullRequestMeasures = {
  time_to_merge: {
    ...{ name: 'time_to_merge', items: sql.timeToMerge, unit: 'ms', isSpread: true, ...shared },
    definition: 'The time from the opening of a pull request to its merge, of those merged in the window.',
  },
  merged: {
    ...{ name: 'pull_requests_merged', items: sql.merged, unit: 'count', ...shared },
    definition: 'How many pull requests were merged in the window.',
  },
  abandoned: {
    ...{ name: 'pull_requests_abandoned', items: sql.abandoned, unit: 'count', ...shared },
    definition: 'How many pull requests were closed in the window without a merge.',
  },
  merge_ratio: {
    ...{ name: 'merge_ratio', items: sql.mergeRatio, unit: 'ratio', ...shared },
    definition: 'Pull requests merged in proportion to those merged or closed without a merge in the window.',
  },
  size: {
    ...{
      name: 'pull_request_size',
      items: sql.size,
      unit: 'lines',
      isSpread: true,
      ...shared,
      anchor: 'size-and-comments',
    },
    definition: 'The lines that a pull request adds and deletes, of those merged in the window.',
  },
  comments: {
    ...{
      name: 'pull_request_comments',
      items: sql.comments,
      unit: 'count',
      isSpread: true,
      ...shared,
      anchor: 'size-and-comments',
    },
    definition: 'The comments of a pull request, those on its code among them, of those merged in the window.',
  },
  time_to_first_review: {
    ...{
      name: 'time_to_first_review',
      items: sql.timeToFirstReview,
      unit: 'ms',
      isSpread: true,
      ...shared,
      anchor: 'reviews',
    },
    definition:
      'The time from when a pull request was ready for review to the first review by a person, of those merged in the window.',
  },
  review_rounds: {
    ...{ name: 'review_rounds', items: sql.reviewRounds, unit: 'count', isSpread: true, ...shared, anchor: 'reviews' },
    definition:
      'How often a review of a pull request began: the first one, and each after an approval or a return to draft, of those merged in the window.',
  },
  time_per_line: {
    ...{
      name: 'time_per_line',
      items: sql.timePerLine,
      unit: 'ms_per_line',
      isSpread: true,
      ...shared,
      anchor: 'size-and-comments',
    },
    definition: 'The time from opening to merge by the lines changed, of pull requests merged in the window.',
  },
  time_per_comment: {
    ...{
      name: 'time_per_comment',
      items: sql.timePerComment,
      unit: 'ms_per_comment',
      isSpread: true,
      ...shared,
      anchor: 'size-and-comments',
    },
    definition: 'The time from opening to merge by the number of comments, of pull requests merged in the window.',
  },
} as const satisfies Record<string, Measure>;

/** Of what is told beside {@link pullRequestMeasures}. */
export const pullRequestDefinitions = {
  running_percentiles: {
    definition:
      'Percentiles of the time to merge of all pull requests that were merged from the start of the window to the end of each day, week or month.',
    anchor: 'pull-requests',
  },
} as const satisfies Record<string, Definition>;
