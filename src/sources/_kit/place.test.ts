import { describe, expect, it } from 'vitest';

import { addressOf, inBothScopes, placeOf } from './place.ts';

describe('the address of a repository', () => {
  it.each([
    ['https://GitHub.com/Octo-Org/API', 'github.com/Octo-Org/API'],
    ['https://ada:secret@example.com:8443/gitlab/shop/web.git/?x=1#y', 'example.com:8443/gitlab/shop/web'],
    ['http://example.com/', undefined],
    ['git@example.com:shop/web.git', undefined],
    ['ssh://git@example.com/shop/web', undefined],
    ['', undefined],
    [null, undefined],
  ])('of %s is %s', (url, address) => {
    expect(addressOf(url)).toBe(address);
  });
});

describe('what is in a repository', () => {
  const issue = { type: 'issue', value: '12' } as const;

  it('is named by its id and by its address', () => {
    const place = placeOf('gitlab:30', 'shop/web', 'https://example.com/gitlab/shop/web');
    expect(place.server).toBe('example.com/gitlab');
    expect(inBothScopes(place, issue)).toEqual([
      { ...issue, scope: 'gitlab:30' },
      { ...issue, scope: 'example.com/gitlab/shop/web' },
    ]);
  });

  it.each([undefined, 'https://example.com/elsewhere', 'nonsense'])(
    'is named by its id alone, with the page %s',
    (url) => {
      expect(inBothScopes(placeOf('gitlab:30', 'shop/web', url), issue)).toEqual([{ ...issue, scope: 'gitlab:30' }]);
    },
  );
});
