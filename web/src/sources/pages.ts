/** How each source is switched on: its page of the documentation, read when it is asked for. */
const files = import.meta.glob<string>('../../../docs/sources/*.md', { query: '?raw', import: 'default' });

/** The part of a source's page that says how to switch it on; null where there is none. */
export async function setUpOf(source: string): Promise<string | null> {
  const load = files[`../../../docs/sources/${source}.md`];
  if (load === undefined) return null;
  const text = await load();
  const [, rest] = text.split(/^## Switch it on$/m);
  return rest?.split(/^## /m)[0]?.trim() ?? null;
}
