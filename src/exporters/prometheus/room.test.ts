import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Room } from './room.ts';

const room = () =>
  new Room<{ source: string; operation: string; project: string }>([
    { label: 'project', limit: 2 },
    { label: 'operation', limit: 1 },
  ]);
const of = (operation: string, project: string) => ({ source: 'github', operation, project });

describe('the room for series', () => {
  it('lets the first ones keep their words, and gives later ones less and less of them', () => {
    const labels = room();
    expect(labels.admit(of('issue', 'a'))).toEqual(of('issue', 'a'));
    expect(labels.admit(of('issue', 'b'))).toEqual(of('issue', 'b'));
    expect(labels.admit(of('issue', 'c'))).toEqual(of('issue', 'other'));
    expect(labels.admit(of('build', 'c'))).toEqual(of('other', 'other'));
    expect(labels.admit(of('issue', 'b'))).toEqual(of('issue', 'b'));
    expect(labels.admit(of('issue', 'd'))).toEqual(of('issue', 'other'));
  });

  it('is bounded, whatever comes, and gives the same for the same', () => {
    const told = fc.record({ source: fc.constant('github'), operation: fc.string(), project: fc.string() });
    fc.assert(
      fc.property(fc.array(told, { maxLength: 200 }), (all) => {
        const labels = room();
        const first = all.map((one) => JSON.stringify(labels.admit(one)));
        expect(all.map((one) => JSON.stringify(labels.admit(one)))).toEqual(first);
        expect(new Set(first).size).toBeLessThanOrEqual(4);
      }),
    );
  });

  it('takes two names that cannot be told apart in writing for one', () => {
    const labels = room();
    expect(labels.admit(of('issue', 'a\ud800'))).toEqual(labels.admit(of('issue', 'a\ud801')));
    expect(labels.admit(of('issue', 'a'.repeat(200))).project).toHaveLength(128);
  });
});
