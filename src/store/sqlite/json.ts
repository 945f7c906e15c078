/** Reads JSON that this store wrote itself; the type is the caller's knowledge of what stands in that column. */
export function parseJson<T>(text: string): T {
  return JSON.parse(text);
}
