import { isObject, jsonPointer, own } from '../_kit/json.ts';
import type { FieldError } from '../contract.ts';
import { CustomEvent, type Field, words } from './schema.ts';

const MAX_BATCH = 1_000;
/** Naming more than these helps nobody. */
const MAX_ERRORS = 100;

export type Parsed =
  | { readonly ok: true; readonly events: readonly CustomEvent[] }
  | { readonly ok: false; readonly errors: readonly FieldError[] };

/** Reads one event or an array of them; an array is taken whole or not at all, and each wrong field is named. */
export function parseEvents(payload: unknown): Parsed {
  if (!Array.isArray(payload)) return parseAll([payload], () => []);
  if (payload.length === 0 || payload.length > MAX_BATCH)
    return { ok: false, errors: [{ pointer: '', message: `must hold 1 to ${MAX_BATCH} events` }] };
  return parseAll(payload, (index) => [index]);
}

function parseAll(items: readonly unknown[], pathOf: (index: number) => readonly number[]): Parsed {
  const events: CustomEvent[] = [];
  const errors: FieldError[] = [];
  items.forEach((item, index) => {
    const parsed = parseEvent(item, pathOf(index));
    if (parsed.ok) events.push(...parsed.events);
    else errors.push(...parsed.errors);
  });
  return errors.length === 0 ? { ok: true, events } : { ok: false, errors: errors.slice(0, MAX_ERRORS) };
}

function parseEvent(item: unknown, path: readonly number[]): Parsed {
  if (!isObject(item)) return { ok: false, errors: [{ pointer: jsonPointer(path), message: 'must be an object' }] };
  const { fields, used, errors } = byOwnWords(item, path);
  const parsed = CustomEvent.safeParse(fields);
  // The schema passes over this name, and what was sent would be lost without a word.
  if (Object.hasOwn(Object(fields.metadata), '__proto__'))
    errors.push({
      pointer: jsonPointer([...path, used.get('metadata') ?? 'metadata', '__proto__']),
      message: 'must have another name',
    });
  if (parsed.success && errors.length === 0) return { ok: true, events: [parsed.data] };
  const wrong = (parsed.error?.issues ?? []).map(({ path: [field, ...rest], message }) => ({
    pointer: jsonPointer([...path, used.get(String(field)) ?? String(field), ...rest]),
    message,
  }));
  return { ok: false, errors: [...errors, ...wrong] };
}

interface OwnWords {
  readonly fields: Readonly<Record<string, unknown>>;
  /** The word the sender used for each field, to name it by in an error. */
  readonly used: ReadonlyMap<string, string>;
  readonly errors: FieldError[];
}

function byOwnWords(item: object, path: readonly number[]): OwnWords {
  const used = new Map<string, string>();
  const errors: FieldError[] = [];
  const entries = (Object.keys(words) as Field[]).flatMap((field): [string, unknown][] => {
    const [first, second] = words[field].filter((word) => isGiven(own(item, word)));
    if (first === undefined) return [];
    if (second !== undefined)
      errors.push({ pointer: jsonPointer([...path, second]), message: `says the same as ${first}; give one of them` });
    if (first === 'action' && own(item, first) === 'unknown')
      errors.push({
        pointer: jsonPointer([...path, first]),
        message: 'must be one of start, transition, intermediary, end',
      });
    used.set(field, first);
    return [[field, own(item, first)]];
  });
  return { fields: Object.fromEntries(entries), used, errors };
}

function isGiven(value: unknown): boolean {
  return value !== undefined && value !== null;
}
