import { existsSync, globSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { z } from 'zod';
import type { deliveryDetailSchema, spanDetailSchema } from '../../src/api/schema.ts';
import { parseSpanId } from '../../src/domain/identity.ts';
import { sources } from '../../src/sources/registry.ts';
import { fixtureTable } from '../support/fixture-table.ts';
import { githubSignature, newDataDir, removeDataDir, startServer, type TestServer } from '../support/server.ts';
import { skipAloud } from '../support/skip.ts';
import { expectations } from './fixture-expectations.ts';

/**
 * A folder of sample webhooks, one folder for each source, each file `{"headers", "payload"}`; named by
 * VALUESTREAM_FIXTURES.
 */
const folder = process.env.VALUESTREAM_FIXTURES ?? '';
const hasSamples = folder !== '' && existsSync(folder);
const SECRET = 's3cret';

interface Sample {
  readonly source: string;
  readonly name: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

function samplesOf(source: string): Sample[] {
  return globSync(join(folder, source, '*.json')).map((file) => {
    const { headers, payload } = JSON.parse(readFileSync(file, 'utf8'));
    return { source, name: basename(file), headers, body: JSON.stringify(payload) };
  });
}

describe.skipIf(!hasSamples && skipAloud('the sample webhooks: VALUESTREAM_FIXTURES names no folder'))(
  'the sample webhooks',
  () => {
    let server: TestServer;
    const dataDir = newDataDir();
    beforeAll(async () => {
      const secrets = ['GITHUB', 'GITLAB', 'JIRA', 'JENKINS'].map((name) => [`VS_SECRET_${name}`, SECRET]);
      server = await startServer(dataDir, Object.fromEntries(secrets));
    });
    const table = fixtureTable();
    afterAll(async () => {
      console.log(table.print());
      await server.stop();
      removeDataDir(dataDir);
    });

    const post = async ({ source, headers, body }: Sample, deliveryId: string) => {
      const response = await fetch(`${server.url}/webhooks/${source}`, {
        method: 'POST',
        headers: {
          ...headers,
          'x-github-delivery': deliveryId,
          'x-hub-signature-256': githubSignature(SECRET, body),
          'x-hub-signature': githubSignature(SECRET, body),
          'x-gitlab-token': SECRET,
          ...(source === 'jenkins' ? { authorization: `Bearer ${SECRET}` } : {}),
        },
        body,
      });
      const answer: { id: string; status: string; reason?: string } = JSON.parse(await response.text());
      return { status: response.status, answer };
    };
    const get = async <T>(path: string): Promise<T> => JSON.parse(await (await fetch(server.url + path)).text());

    /** `issue start, issue end`: the states that one delivery told, in the order of their times. */
    const toldBy = async ({ id, span_ids }: z.infer<typeof deliveryDetailSchema>) => {
      const told: string[] = [];
      for (const spanId of span_ids) {
        const path = `/api/v1/spans/${encodeURIComponent(spanId)}`;
        const span = await get<Partial<z.infer<typeof spanDetailSchema>>>(path);
        // What only remarks are known of (the new side of a transferred issue, a queued pull request) has no life yet.
        const operation_name = parseSpanId(spanId)?.kind;
        const events = span.events ?? [{ operation_name, state: 'intermediary', delivery_ids: [id] }];
        const own = events.filter(({ delivery_ids }) => delivery_ids.includes(id));
        told.push(...own.map(({ operation_name, state }) => `${operation_name} ${state}`));
      }
      return told.filter((event, index) => event !== 'commit intermediary' || told[index - 1] !== event).join(', ');
    };

    for (const { id: source } of sources) {
      for (const sample of hasSamples ? samplesOf(source) : [])
        it(`of ${source}: ${sample.name} is answered as its page says`, async () => {
          const { status, answer } = await post(sample, `sample-${sample.name}`);
          if (status === 422) {
            // The one custom sample whose action is none of ours.
            expect(sample.body).toContain('"action":"canary-50"');
            return;
          }
          expect(status).toBe(200);
          const delivery = await get<z.infer<typeof deliveryDetailSchema>>(`/api/v1/deliveries/${answer.id}`);
          const expected = expectations[`${source} ${delivery.kind}`];
          const told = await toldBy(delivery);
          table.add(source, delivery.kind, answer.status, told);
          if (expected === undefined) {
            expect(answer.status).toBe('ignored');
            expect(answer.reason).toMatch(/\w/);
          } else expect(expected).toContain(told);
        });
    }
  },
);
