const NOTES = ['', 'pull_request start, pull_request transition', 'pull_request start, pull_request intermediary'];

/** success, failure and error; queued, pending, waiting and inactive; in_progress. */
const DEPLOYMENT_STATES = [
  'deploy start, deploy end',
  'deploy start, deploy intermediary',
  'deploy start, deploy transition',
];

const PUSHES = ['', 'push intermediary', 'commit intermediary, push intermediary'];

/**
 * What the vendors' pages say that each kind of hook tells: of its operation the start that every payload proves, and
 * what happened. Kinds that are not here have no meaning for us.
 */
export const expectations: Readonly<Record<string, readonly string[]>> = {
  'github issues.opened': ['issue start', 'issue start, issue intermediary'],
  'github issues.closed': ['issue start, issue end'],
  // Its page shows when the life before had ended, and the re-opening; the creation is no start of this life.
  'github issues.reopened': ['issue end, issue start'],
  // The sample was closed before it was deleted.
  'github issues.deleted': ['issue start, issue end, issue end'],
  // The intermediary one is of the new issue, whose span id may stand before or after the old one's.
  'github issues.transferred': [
    'issue start, issue end, issue intermediary',
    'issue intermediary, issue start, issue end',
  ],
  ...remarks('issues', 'issue', [
    ...['assigned', 'unassigned', 'labeled', 'unlabeled', 'milestoned', 'demilestoned'],
    ...['edited', 'locked', 'unlocked', 'pinned', 'unpinned'],
  ]),
  'github pull_request.opened': ['pull_request start'],
  'github pull_request.reopened': ['pull_request start'],
  'github pull_request.closed': ['pull_request start, pull_request end'],
  'github pull_request.ready_for_review': ['pull_request start, pull_request transition'],
  'github pull_request.converted_to_draft': ['pull_request start, pull_request transition'],
  ...remarks('pull_request', 'pull_request', [
    ...['assigned', 'unassigned', 'labeled', 'unlabeled', 'edited', 'synchronize', 'locked', 'unlocked'],
    ...['review_requested', 'review_request_removed'],
  ]),
  // A review by somebody else moves the pull request on; an author's own comment does not.
  'github pull_request_review.submitted': [
    'pull_request start, pull_request transition',
    'pull_request start, pull_request intermediary',
  ],
  'github pull_request_review.dismissed': ['pull_request start, pull_request transition'],
  // The sample is a run that waited for approval: it says that it ended before it began.
  'github workflow_run.requested': ['pipeline start', 'pipeline end, pipeline start'],
  // One sample of this action is of a run that has ended meanwhile.
  'github workflow_run.in_progress': ['pipeline start, pipeline transition', 'pipeline start, pipeline end'],
  'github workflow_run.completed': ['pipeline start, pipeline end'],
  'github workflow_job.queued': ['build start'],
  'github workflow_job.waiting': ['build start'],
  'github workflow_job.in_progress': ['build start, build transition'],
  'github workflow_job.completed': ['build start, build transition, build end'],
  'github deployment.created': ['deploy start'],
  'github deployment': ['deploy start'],
  'github deployment_status.created': DEPLOYMENT_STATES,
  'github deployment_status': DEPLOYMENT_STATES,
  // All of these fire for one publication, and each shows when that was; one that is a draft shows none.
  'github release.created': ['release end'],
  'github release.edited': ['release end'],
  'github release.published': ['release end'],
  'github release.prereleased': ['release end'],
  'github release.released': ['release end'],
  'github check_run.created': ['build start'],
  // Of Actions' own checks nothing is told, for workflow_job tells more; some samples are of those.
  'github check_run.completed': ['build start, build end', ''],
  'github check_run.requested_action': ['build start'],
  'github check_run.rerequested': ['build start, build end'],
  // A suite is told once it has ended.
  'github check_suite.completed': ['pipeline start, pipeline end', ''],
  'github check_suite.requested': ['pipeline start, pipeline end', ''],
  'github check_suite.rerequested': ['pipeline start, pipeline end'],
  'github status': ['build end'],
  // The commits that it tells, and where the branch or the tag is now; of one that is gone, nothing.
  'github push': PUSHES,
  'gitlab push': PUSHES,
  'gitlab tag_push': PUSHES,
  // It tells no time: the pull request is not known to have begun.
  'github merge_group.checks_requested': ['pull_request intermediary'],
  'github milestone.closed': ['sprint start, sprint end'],
  // The sample was closed before it was deleted.
  'github milestone.deleted': ['sprint start, sprint end, sprint end'],
  'gitlab issue.open': ['issue start'],
  'gitlab issue.close': ['issue start, issue end'],
  'gitlab issue.update': ['issue start, issue intermediary'],
  'gitlab merge_request.open': ['pull_request start'],
  'gitlab merge_request.reopen': ['pull_request start'],
  'gitlab merge_request.close': ['pull_request start, pull_request end'],
  'gitlab merge_request.merge': ['pull_request start, pull_request end'],
  // The sample became a draft, whatever its file is called.
  'gitlab merge_request.update': ['pull_request start, pull_request transition'],
  // Comments on issues tell nothing; one by somebody else moves a merge request on.
  'gitlab note.create': NOTES,
  'gitlab note': NOTES,
  // When it began to run follows from how long it was queued, which older payloads leave out.
  'gitlab pipeline.running': ['pipeline start, pipeline transition', 'pipeline start'],
  'gitlab pipeline.success': ['pipeline start, pipeline transition, pipeline end', 'pipeline start, pipeline end'],
  'gitlab pipeline.failed': ['pipeline start, pipeline transition, pipeline end', 'pipeline start, pipeline end'],
  'gitlab pipeline.canceled': ['pipeline start, pipeline end'],
  'gitlab pipeline.skipped': ['pipeline start, pipeline end'],
  'gitlab build.pending': ['build start'],
  'gitlab build.running': ['build start, build transition'],
  'gitlab build.success': ['build start, build transition, build end'],
  'gitlab build.failed': ['build start, build transition, build end'],
  'gitlab deployment.success': ['deploy end'],
  'gitlab deployment.canceled': ['deploy end'],
  'gitlab release.create': ['release end'],
  // Jira tells when an issue was created, and of one that is done since when, whatever its hook is about. The state after
  // a change is told too, so a remark on an open issue also says in which status it is.
  'jira jira_issue_created.issue_created': ['issue start'],
  'jira jira_issue_deleted': ['issue start, issue end'],
  'jira jira_issue_updated': ['issue start, issue transition'],
  ...jiraChanges(['issue_assigned', 'issue_updated', 'issue_commented', 'issue_work_started'], 'transition'),
  // Moves to another status of any kind: done, and back again.
  'jira jira_issue_updated.issue_generic': [
    'issue start, issue end, issue end',
    'issue start',
    'issue start, issue end, issue intermediary',
  ],
  'jira jira_issue_updated.issue_resolved': ['issue start, issue end, issue end'],
  // From resolved to closed: the resolution is the earlier end.
  'jira jira_issue_updated.issue_closed': ['issue start, issue end, issue end'],
  'jira jira_issue_updated.issue_reopened': ['issue start'],
  // A sprint that is planned has not begun.
  'jira sprint_created': ['sprint intermediary'],
  'jira sprint_started': ['sprint start'],
  'jira sprint_updated': ['sprint start, sprint intermediary'],
  'jira sprint_closed': ['sprint start, sprint end'],
  'jira sprint_deleted': ['sprint intermediary'],
  'jenkins build.inprogress': ['build start, build transition'],
  // The end of a build tells how long it ran, and so when it began.
  'jenkins build.success': ['build start, build end'],
  'jenkins build.failure': ['build start, build end'],
  'jenkins build.aborted': ['build start, build end'],
  'jenkins build.not_built': ['build start, build end'],
  'jenkins queue': ['queue intermediary'],
  'customhttp build.start': ['build start'],
  'customhttp build.end': ['build end'],
  'customhttp deploy.end': ['deploy end'],
};

function jiraChanges(actions: readonly string[], state: string): Record<string, readonly string[]> {
  return Object.fromEntries(
    actions.map((action) => [`jira jira_issue_updated.${action}`, [`issue start, issue ${state}`]]),
  );
}

function remarks(hook: string, operation: string, actions: readonly string[]): Record<string, readonly string[]> {
  const told = [`${operation} start, ${operation} intermediary`];
  return Object.fromEntries(actions.map((action) => [`github ${hook}.${action}`, told]));
}
