import Table from 'cli-table3';

/** What came of each kind of sample webhook, for people to read. */
export function fixtureTable(): {
  add(source: string, kind: string, status: string, told: string): void;
  print(): string;
} {
  const rows = new Map<string, { readonly cells: readonly string[]; samples: number }>();
  return {
    add(source, kind, status, told) {
      const [hook = kind, action = ''] = kind.split('.', 2);
      const cells = [source, hook, action, status, told];
      const row = rows.get(cells.join('\n')) ?? { cells, samples: 0 };
      rows.set(cells.join('\n'), { ...row, samples: row.samples + 1 });
    },
    print() {
      const table = new Table({
        head: ['source', 'kind', 'action', 'status', 'events', 'samples'],
        chars: { mid: '', 'left-mid': '', 'mid-mid': '', 'right-mid': '' },
        style: { head: [], border: [] },
      });
      const sorted = [...rows].sort(([a], [b]) => (a < b ? -1 : 1));
      for (const [, { cells, samples }] of sorted) table.push([...cells, samples]);
      return table.toString();
    },
  };
}
