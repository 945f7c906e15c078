import { canonical } from '../../src/domain/canonical.ts';
import { openSqliteReader } from '../../src/store/sqlite/reader.ts';

/** Everything about the spans of a store and their links, but for when and in which order it came to be known. */
export async function spansIn(folder: string): Promise<readonly string[]> {
  const reader = openSqliteReader(folder);
  try {
    const spans: string[] = [];
    for (let cursor: string | null = ''; cursor !== null; ) {
      const page = await reader.listSpans({}, { limit: 200, ...(cursor === '' ? {} : { cursor }) });
      spans.push(
        ...page.items.map(({ spanId, attempt, stages, place }) =>
          canonical({
            ...{ spanId, attempt, stages, parent: place.parentSpanId, trace: place.traceId },
            links: place.links.map(canonical).sort(),
          }),
        ),
      );
      cursor = page.next;
    }
    return spans.toSorted();
  } finally {
    await reader.close();
  }
}
