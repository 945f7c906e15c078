import { describe, expect, it } from 'vitest';
import { Senders } from './senders.ts';

const of = (source_instance: string) => ({ source: 'github', source_instance });

describe('the labels of senders', () => {
  it('are words of their own for those that are configured or have sent something', () => {
    const senders = new Senders();
    expect(senders.known('github', 'ghe')).toEqual(of('ghe'));
    expect(senders.refused('github', 'ghe')).toEqual(of('ghe'));
    expect(senders.refused('github', '')).toEqual(of(''));
  });

  it('are none for strangers, however many names they make up', () => {
    const senders = new Senders();
    for (let number = 0; number < 1_000; number += 1)
      expect(senders.refused('github', `made-up-${number}`)).toEqual(of('other'));
    expect(senders.known('github', 'ghe')).toEqual(of('ghe'));
  });
});
