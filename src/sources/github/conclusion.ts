import type { Result } from '../../domain/event.ts';

/**
 * What became of a workflow run, a job or a check:
 * https://docs.github.com/en/rest/checks/runs#create-a-check-run. `neutral` and `skipped` are neither success nor
 * failure; `action_required` waits for a person, and says nothing of the work.
 */
const results: Readonly<Record<string, Result>> = {
  success: 'success',
  failure: 'failure',
  startup_failure: 'error',
  timed_out: 'timeout',
  cancelled: 'cancelled',
  stale: 'cancelled',
  skipped: 'skipped',
  neutral: 'skipped',
  action_required: 'unknown',
};

export function resultOf(conclusion: string | undefined): Result {
  return (
    (conclusion !== undefined && Object.hasOwn(results, conclusion) ? results[conclusion] : undefined) ?? 'unknown'
  );
}
