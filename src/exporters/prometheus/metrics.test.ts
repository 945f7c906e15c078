import { describe, expect, it } from 'vitest';
import { Metrics, type MetricsOptions } from './metrics.ts';

const LATE = Date.UTC(2026, 10, 2);

function metricsOf(reader: Partial<MetricsOptions['reader']> = {}): Metrics {
  return new Metrics({
    ...{ version: '1.0.0', revision: 'abc', sources: ['github'], instances: [{ source: 'github', instance: 'ghe' }] },
    reader: {
      countDeliveries: async () => [],
      latestRevision: async () => 0,
      listExportTargets: async () => [],
      tallyOpen: async () => [],
      tallySpans: async () => [],
      tallyStages: async () => [],
      ...reader,
    },
    inFlight: () => ({ deliveries: 0, bytes: 0, oldestSince: null }),
    exports: () => new Map(),
    storeBytes: async () => ({ database: 8_192, wal: 0 }),
    findPins: null,
    now: () => LATE,
  });
}

const linesOf = async (metrics: Metrics, name: string) =>
  (await metrics.expose('text/plain')).text.split('\n').filter((line) => line.startsWith(`valuestream_${name}{`));

describe('what senders are counted under', () => {
  it('is taken from nobody by strangers who make up instances', async () => {
    const metrics = metricsOf();
    for (let number = 0; number < 500; number += 1) metrics.refused('github', `made-up-${number}`, 'unauthenticated');
    metrics.refused('github', 'ghe', 'unauthenticated');
    metrics.delivered('github', 'new', 'accepted');
    const counted = (await linesOf(metrics, 'deliveries_total')).filter((line) => !line.endsWith(' 0'));
    expect(counted.sort()).toEqual([
      'valuestream_deliveries_total{source="github",source_instance="ghe",outcome="unauthenticated"} 1',
      'valuestream_deliveries_total{source="github",source_instance="new",outcome="accepted"} 1',
      'valuestream_deliveries_total{source="github",source_instance="other",outcome="unauthenticated"} 500',
    ]);
  });

  it('is, of those that there is no room for, as late as the latest of them', async () => {
    const metrics = metricsOf({
      countDeliveries: async () =>
        Array.from({ length: 150 }, (_, number) => ({
          ...{ source: 'github', instance: `i-${number}`, outcome: 'accepted', count: 1, lastDeliveryId: number },
          // The last one is neither the first nor the last of those without a name.
          lastReceivedAt: number === 120 ? LATE : LATE - 86_400_000,
        })),
    });
    await metrics.begin();
    const [others] = (await linesOf(metrics, 'source_last_delivery_timestamp_seconds')).filter((line) =>
      line.includes('"other"'),
    );
    expect(others).toMatch(new RegExp(` ${LATE / 1_000}$`));
  });
});

describe('what may come', () => {
  it('is there at 0 as soon as anything of its kind is seen, whatever has become of that', async () => {
    const metrics = metricsOf({
      tallySpans: async () => [
        {
          source: 'github',
          operation: 'deploy',
          project: 'shop',
          environment: 'eu',
          tier: 'production',
          result: 'success',
          count: 1,
        },
      ],
    });
    await metrics.begin();
    const results = (await linesOf(metrics, 'deploys_total')).map((line) => /result="(\w+)"\} 0$/.exec(line)?.[1]);
    expect(results.sort()).toEqual(['cancelled', 'error', 'failure', 'rolled_back', 'skipped', 'success', 'timeout']);
    expect(await linesOf(metrics, 'spans_finished_total')).toHaveLength(results.length);
  });
});
