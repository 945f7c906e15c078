import type { z } from 'zod';
import type { replaySchema } from '../api/schema.ts';
import { harmless, styled } from './output.ts';

type Replay = z.output<typeof replaySchema>;

const SIGNS = { added: '+', changed: '~', removed: '-' } as const;

/** `1 added, 2 changed, 0 removed`. */
export function countsOf({ added, changed, removed, complete }: Replay['spans'], isDryRun: boolean): string {
  const would = isDryRun ? 'would be ' : '';
  return `${added} ${would}added, ${changed} ${would}changed, ${removed} ${would}removed${complete ? '' : ' (and more)'}`;
}

/** What has become of one span, a line for each difference. */
export function changeLines({ span_id, change, differences }: Replay['changes'][number]): string[] {
  const head = `${styled('bold', SIGNS[change])} ${span_id}`;
  if (change !== 'changed') return [head];
  const lines = differences.map(({ attempt, field, before, after }) => {
    const was = styled('red', shown(before));
    return `    ${attempt > 1 ? `attempt ${attempt}: ` : ''}${field}: ${was} → ${styled('green', shown(after))}`;
  });
  return [head, ...lines];
}

function shown(value: unknown): string {
  return harmless(typeof value === 'string' ? value : JSON.stringify(value));
}
