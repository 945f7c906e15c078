/** A word of the wire as people read it: `pull_request` is `Pull request`. */
export function inWords(word: string): string {
  const text = word.replaceAll('_', ' ');
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** Why an item does not count, and what would make it count. */
const reasons: Readonly<Record<string, string>> = {
  open: 'has not ended yet',
  no_start: 'when it began is not known',
  no_end: 'it has ended, and when is not known',
  negative: 'the end that is told lies before the start',
  no_sha: 'the deployment does not tell its commit',
  first_deployment: 'it is the first known deployment: nothing to compare it with',
  base_unknown: 'what came since the deployment before is not known',
  commits_truncated: 'the sender has left out commits',
  environment_unknown: 'to which environment it went is not known',
  commit_time_unknown: 'when the commit was made is not known',
  no_pull_request: 'it has no pull request',
  no_stages: 'no stage of it is known',
  category_unknown: 'whether its stages wait or are work is not known: say it in the rules',
  reopened: 'it was closed and opened again',
  stage_skipped: 'it never was in this stage',
  ready_unknown: 'since when it was ready for review is not known',
  size_unknown: 'its size is not known',
  nothing_to_divide_by: 'there is nothing to divide by',
  not_tried: 'it was cancelled or skipped: nothing was tried',
  not_done: 'it has ended without being done',
  inconclusive: 'it ended neither as a success nor as an error',
  bot: 'a bot made it',
};

export function reasonInWords(reason: string): string {
  return reasons[reason] ?? inWords(reason).toLowerCase();
}

const missing: Readonly<Record<string, string>> = {
  nothing_in_window: 'Nothing of this kind ended in the time that is shown.',
  all_excluded: 'There are some, and none of them counts.',
  not_enough: 'There is too little to say a number.',
};

export function missingInWords(why: string | null): string {
  return (why === null ? undefined : missing[why]) ?? 'Nothing of this kind is known yet.';
}

/** The answers of the DORA survey, short enough for a chip. */
const bands: Readonly<Record<string, string>> = {
  less_than_one_hour: 'under an hour',
  less_than_one_day: 'under a day',
  one_day_to_one_week: 'a day to a week',
  one_week_to_one_month: 'a week to a month',
  one_month_to_six_months: '1–6 months',
  more_than_six_months: 'over 6 months',
  on_demand: 'on demand',
  once_per_hour_to_once_per_day: 'hourly to daily',
  once_per_day_to_once_per_week: 'daily to weekly',
  once_per_week_to_once_per_month: 'weekly to monthly',
  once_per_month_to_once_per_six_months: 'every 1–6 months',
  less_than_once_per_six_months: 'under twice a year',
};

export function bandInWords(band: string): string {
  return bands[band] ?? inWords(band);
}

const measures: Readonly<Record<string, string>> = {
  change_lead_time: 'Change lead time',
  change_lead_time_committed: 'Change lead time',
  change_lead_time_authored: 'Change lead time',
  change_lead_time_first_commit: 'Change lead time',
  change_lead_time_opened: 'Change lead time',
  change_lead_time_stage: 'Stages of the lead time',
  deployment_frequency: 'Deployments',
  change_fail_rate: 'Change fail rate',
  failed_deployment_recovery_time: 'Recovery time',
  open_failures: 'Failures that have not recovered',
  deployment_rework_rate: 'Rework rate',
  open: 'Open now',
};

export function measureInWords(measure: string): string {
  return measures[measure] ?? inWords(measure);
}
