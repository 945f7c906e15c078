/** The groups in which the readable page shows the operations. */
export const tags = {
  webhooks: 'Webhooks',
  spans: 'Spans',
  traces: 'Traces',
  measures: 'Measures',
  deliveries: 'Deliveries',
  replays: 'Replays',
  rules: 'Rules',
  sources: 'Sources',
  exports: 'Exports',
  health: 'Health',
} as const;
