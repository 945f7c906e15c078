import type { z } from 'zod';

import type { Event } from '../domain/event.ts';
import { isObject, own } from './_kit/json.ts';
import { kindOf } from './_kit/kind.ts';
import type { Delivery, Interpretation, Source } from './contract.ts';

/** A reader's answer to what is authentic and readable, but tells nothing that we measure. */
export interface Ignored {
  readonly ignored: string;
  readonly discardsBody?: true;
}

export function ignored(reason: string): Ignored {
  return { ignored: reason };
}

/** The same, and its body may hold secrets, so that it is not stored. */
export function discarded(reason: string): Ignored {
  return { ignored: reason, discardsBody: true };
}

type Reading = readonly Event[] | Ignored;

/** Reads one kind of hook; see {@link on}. */
export type Reader = (delivery: Delivery) => Reading | { readonly unreadable: string };

/** Ties a schema to the reader of what it lets through: change the one, and the other stops compiling. */
export function on<S extends z.ZodType>(schema: S, read: (hook: z.output<S>, delivery: Delivery) => Reading): Reader {
  return (delivery) => {
    const parsed = schema.safeParse(delivery.payload);
    return parsed.success ? read(parsed.data, delivery) : { unreadable: reasonOf(parsed.error) };
  };
}

/** Where a sender writes which kind of hook this is. */
export interface Hook {
  /** In words, for the reason of a dead letter: `the header X-GitHub-Event`. */
  readonly from: string;
  readonly read: (delivery: Delivery) => unknown;
}

/** The kind of hook is in a header. */
export function fromHeader(name: string): Hook {
  return { from: `the header ${name}`, read: ({ headers }) => headers[name.toLowerCase()] };
}

export interface SourceDefinition extends Omit<Source, 'interpret'> {
  readonly hook: Hook;
  /** What happened, for the delivery's kind: `opened`. Untrusted, and not necessarily there. */
  readonly action: (delivery: Delivery) => unknown;
  /** One for each kind of hook; every other kind is ignored. */
  readonly readers: Readonly<Record<string, Reader>>;
  /** One for each thing that is imported, by what its envelope calls itself: `{"import":"pull_request",…}`. */
  readonly imports?: Readonly<Record<string, Reader>>;
}

/** A source made by {@link defineSource}; it says which hooks it reads, so that a test can ask for an example of each. */
export interface DefinedSource extends Source {
  readonly hooks: readonly string[];
}

/** Makes a source of a vendor's webhooks out of what is particular to it. */
export function defineSource({ hook, action, readers, imports = {}, ...source }: SourceDefinition): DefinedSource {
  const interpret = (delivery: Delivery): Interpretation => {
    if (delivery.channel === 'import') return interpretImported(source.title, imports, delivery);
    const name = hook.read(delivery);
    const kind = kindOf(name, action(delivery));
    if (typeof name !== 'string' || name === '') {
      return { outcome: 'dead_letter', kind, reason: `${hook.from} is missing: nothing says what this delivery is` };
    }
    if (!isObject(delivery.payload)) {
      return { outcome: 'dead_letter', kind, reason: 'the payload is not a JSON object' };
    }
    const reader = Object.hasOwn(readers, name) ? readers[name] : undefined;
    if (reader === undefined) {
      return { outcome: 'ignored', kind, reason: `${source.title}'s "${kindOf(name)}" events have no meaning here` };
    }
    return interpretationOf(reader(delivery), kind);
  };
  return { ...source, hooks: Object.keys(readers), interpret };
}

/** What was imported says itself what it is. A thing that has no reader yet is kept for one that has. */
function interpretImported(
  title: string,
  imports: Readonly<Record<string, Reader>>,
  delivery: Delivery,
): Interpretation {
  const name = own(delivery.payload, 'import');
  const kind = kindOf('import', name);
  const reader = typeof name === 'string' && Object.hasOwn(imports, name) ? imports[name] : undefined;
  if (reader !== undefined) return interpretationOf(reader(delivery), kind);
  return { outcome: 'dead_letter', kind, reason: `nothing here reads what is imported of ${title} under this name` };
}

function interpretationOf(reading: ReturnType<Reader>, kind: string): Interpretation {
  if ('unreadable' in reading) return { outcome: 'dead_letter', kind, reason: reading.unreadable };
  if ('ignored' in reading) {
    const { ignored: reason, ...body } = reading;
    return { outcome: 'ignored', kind, reason, ...body };
  }
  return { outcome: 'accepted', kind, events: reading };
}

const MAX_ISSUES = 3;

/** Paths and expectations only. The values stay out: a reason is shown to people and written to logs. */
function reasonOf({ issues }: z.ZodError): string {
  const told = issues.slice(0, MAX_ISSUES).map(({ path, message }) => `${path.join('.') || 'payload'}: ${message}`);
  const rest = issues.length - told.length;
  return rest > 0 ? `${told.join('; ')}; and ${rest} more` : told.join('; ');
}
