import { teams } from './teams.ts';

/** What stands in the configuration file of the demo's own store, for its projects to be told by team. */
export const demoConfiguration = {
  teams: teams.map(({ name, projects }) => ({ name, projects })),
  rules: {
    stages: [
      { when: { label: 'workflow::in progress' }, category: 'active' },
      { when: { label: 'workflow::in review' }, category: 'active' },
    ],
  },
};
