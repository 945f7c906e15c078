import { createRequire } from 'node:module';

/** GitHub's own examples of each kind of webhook, from the package `@octokit/webhooks-examples`. */
export const githubExamples: readonly { readonly name: string; readonly examples: readonly object[] }[] = createRequire(
  import.meta.url,
)('@octokit/webhooks-examples');
