/** The stages of a pull request's way to production, and whether it waits in them. */
export const stageNames: Readonly<
  Record<string, { readonly name: string; readonly isWaiting: boolean; readonly says: string }>
> = {
  coding: { name: 'Coding', isWaiting: false, says: 'from the first commit until it was opened' },
  draft: { name: 'Draft', isWaiting: false, says: 'opened, and not ready for review' },
  pickup: { name: 'Waiting for review', isWaiting: true, says: 'ready, and nobody has looked at it' },
  review: { name: 'Review', isWaiting: false, says: 'from the first review until it was approved' },
  merge_wait: { name: 'Waiting for merge', isWaiting: true, says: 'approved, and not merged' },
  deploy: { name: 'Waiting for deployment', isWaiting: true, says: 'merged, and not in production' },
};
