import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { OtlpReceiver } from '../../../test/support/otlp.ts';
import { otlpExporter } from './index.ts';

let receiver: OtlpReceiver;
beforeEach(async () => {
  receiver = await new OtlpReceiver().start();
});
afterEach(() => receiver.stop());

async function sendNothing() {
  const exporter = otlpExporter({
    ...{ url: `${receiver.url}/v1/traces`, headers: {}, compression: 'none', timeoutMs: 10_000, tls: {} },
    ...{ mode: 'whole', pendingSpans: false, serviceName: 'valuestream' },
  });
  const sent = await exporter.send([], new AbortController().signal);
  exporter.close();
  return sent;
}

describe('an answer of a backend', () => {
  it.each([
    [401, false],
    [429, false],
    [500, true],
    [501, true],
    [502, false],
    [503, false],
    [504, false],
  ])('%i means that it is asked again, and that a span may be why: %s', async (status, suspects) => {
    receiver.answering = (_, response) => {
      response.writeHead(status).end();
      return true;
    };
    expect(await sendNothing()).toMatchObject({ status: 'retry', suspects });
  });

  it('that does not come has nothing to do with what was sent', async () => {
    await receiver.stop();
    expect(await sendNothing()).toMatchObject({ status: 'retry', suspects: false });
    await receiver.start();
  });

  it('to a message of no spans tells that it takes spans', async () => {
    expect(await sendNothing()).toMatchObject({ status: 'sent' });
  });
});
