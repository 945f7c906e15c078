import type { Source } from './contract.ts';
import { customhttp } from './customhttp/index.ts';
import { github } from './github/index.ts';
import { gitlab } from './gitlab/index.ts';
import { jenkins } from './jenkins/index.ts';
import { jira } from './jira/index.ts';

/** Every source there is. A new one is its folder and a line here. */
export const sources: readonly Source[] = [
  customhttp, //
  github,
  gitlab,
  jenkins,
  jira,
];

export function findSource(id: string): Source | undefined {
  return sources.find((source) => source.id === id);
}
