/** The groups in which the readable page shows the operations. */
export const tags = {
  webhooks: 'Webhooks',
  spans: 'Spans',
  traces: 'Traces',
  measures: 'Measures',
  deliveries: 'Deliveries',
  imports: 'Imports',
  replays: 'Replays',
  rules: 'Rules',
  sources: 'Sources',
  exports: 'Exports',
  access: 'Access',
  health: 'Health',
} as const;
