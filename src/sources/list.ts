// Every source there is, a line each: the only place outside a source's folder that names it.
export { customhttp } from './customhttp/index.ts';
export { github } from './github/index.ts';
export { gitlab } from './gitlab/index.ts';
export { jenkins } from './jenkins/index.ts';
export { jira } from './jira/index.ts';
