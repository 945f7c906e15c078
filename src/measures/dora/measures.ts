import type { Definition, Measure } from '../measure.ts';
import type { Dimension } from '../window.ts';
import { changeFailRate, deploymentReworkRate } from './fail-rate.sql.ts';
import { deploymentFrequency } from './frequency.sql.ts';
import {
  type LeadTimeStage,
  leadTimeByStage,
  leadTimeOfCommits,
  leadTimeOfPullRequests,
  leadTimeStages,
} from './lead-time.sql.ts';
import { openFailures, recoveryTime } from './recovery.sql.ts';

const dimensions: readonly Dimension[] = ['source', 'project', 'team', 'service', 'environment', 'tier'];

/** One of which the tier is not known may have gone to the one that is asked for. */
const ofLanes = { dimensions, orUnknown: 'tier', isOfOutcomes: true } as const;

/** Where a lead time may begin; docs/measures.md, "Change lead time". */
export const leadTimeStarts = ['committed', 'authored', 'first_commit', 'opened'] as const;
export type LeadTimeStart = (typeof leadTimeStarts)[number];

const common = { anchor: 'change-lead-time', unit: 'ms', ...ofLanes, isSpread: true } as const;

/** The time from a change to the end of the deployment that brought it, by where it begins. */
export const leadTimes: Readonly<Record<LeadTimeStart, Measure>> = {
  committed: {
    ...common,
    name: 'change_lead_time_committed',
    definition:
      'The time from the commit of a change, by its committer, to the end of the deployment that brought it to its environment first.',
    items: leadTimeOfCommits('committed'),
    part: 'commit_sha',
  },
  authored: {
    ...common,
    name: 'change_lead_time_authored',
    definition:
      'The time from when a commit was authored to the end of the deployment that brought it to its environment first.',
    items: leadTimeOfCommits('authored'),
    part: 'commit_sha',
  },
  first_commit: {
    ...common,
    name: 'change_lead_time_first_commit',
    definition:
      'The time from the first commit of a pull request to the end of the deployment that brought it to its environment first.',
    items: leadTimeOfPullRequests('first_commit'),
  },
  opened: {
    ...common,
    name: 'change_lead_time_opened',
    definition:
      'The time from the opening of a pull request to the end of the deployment that brought it to its environment first.',
    items: leadTimeOfPullRequests('opened'),
  },
};

export const leadTimeStage: Measure = {
  ...common,
  name: 'change_lead_time_stage',
  definition: 'The time that a pull request was in each stage of its way to the environment that it was deployed to.',
  items: leadTimeByStage,
  dimensions: [...dimensions, 'stage'],
  part: 'stage',
};

/** The others of DORA's five; docs/measures.md defines each, with a worked example. */
export const doraMeasures = {
  deployment_frequency: {
    name: 'deployment_frequency',
    definition: 'How many successful deployments there were.',
    anchor: 'deployment-frequency',
    unit: 'count',
    items: deploymentFrequency,
    ...ofLanes,
  },
  change_fail_rate: {
    name: 'change_fail_rate',
    definition: 'Of the deployments that were tried the part that needed somebody to step in.',
    anchor: 'change-fail-rate',
    unit: 'ratio',
    items: changeFailRate,
    ...ofLanes,
    details: ['causes'],
  },
  failed_deployment_recovery_time: {
    name: 'failed_deployment_recovery_time',
    definition:
      'The time from the end of a deployment that has failed until its incidents are over or a remedy is deployed.',
    anchor: 'failed-deployment-recovery-time',
    unit: 'ms',
    items: recoveryTime,
    ...ofLanes,
    details: ['causes', 'service', 'environment'],
    isSpread: true,
  },
  open_failures: {
    name: 'open_failures',
    definition: 'How long ago those deployments ended that have failed and not recovered yet.',
    anchor: 'failed-deployment-recovery-time',
    unit: 'ms',
    items: openFailures,
    ...ofLanes,
    isSpread: true,
    details: ['causes'],
  },
  deployment_rework_rate: {
    name: 'deployment_rework_rate',
    definition:
      'Of the deployments that were tried the part that was made, unplanned, to mend something in production.',
    anchor: 'deployment-rework-rate',
    unit: 'ratio',
    items: deploymentReworkRate,
    ...ofLanes,
    details: ['causes'],
  },
} as const satisfies Record<string, Measure>;

/** Of numbers that are told with a measure, by their paths. */
export const doraDefinitions: Readonly<Record<string, Definition>> = {
  'change_lead_time.stages': leadTimeStage,
  'deployment_frequency.days': {
    definition: 'On how many days of the window there was a successful deployment.',
    anchor: 'deployment-frequency',
  },
  'deployment_frequency.per_week': {
    definition:
      'The median of how many successful deployments the whole weeks of the window have that have passed, those without one too.',
    anchor: 'deployment-frequency',
  },
  'failed_deployment_recovery_time.open': doraMeasures.open_failures,
};

/** Each stage of the lead time as a measure of its own, so that all are asked together. */
export const leadTimeStageMeasures: Readonly<Record<LeadTimeStage, Measure>> = Object.fromEntries(
  leadTimeStages.map((stage) => [
    stage,
    { ...leadTimeStage, items: `SELECT * FROM (${leadTimeByStage}) WHERE stage = '${stage}'` },
  ]),
) as Record<LeadTimeStage, Measure>;
