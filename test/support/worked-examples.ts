import { readFileSync } from 'node:fs';
import type { Cell, Row } from '../../src/measures/columns/contract.ts';
import type { TableRows } from './columns.ts';

/** A worked example of docs/measures.md: what there is, what is asked, and what comes out. */
export interface WorkedExample {
  /** The anchor of the section that it stands in. */
  readonly anchor: string;
  readonly tables: TableRows;
  /** Below `/api/v1/measures/`. */
  readonly path: string;
  /** Where in the answer, and what stands there. */
  readonly expected: readonly (readonly [string, string])[];
}

/** Columns that are numbers; those of times are known by their names. */
const NUMBERS = /^(ordinal|number|to_attempt|additions|deletions|changed_files|commits|comments)$/;

const PAGE = readFileSync(new URL('../../docs/measures.md', import.meta.url), 'utf8');

/** The anchor of each section of the page, as GitHub makes it of the heading, with its text. */
export const sections: ReadonlyMap<string, string> = new Map(
  PAGE.split(/^##+ /m).map((section) => {
    const heading = section.split('\n', 1)[0] ?? '';
    return [
      heading
        .toLowerCase()
        .replace(/[^\w -]/g, '')
        .replaceAll(' ', '-'),
      section,
    ];
  }),
);

/** All examples of the page, in order. */
export const workedExamples: readonly WorkedExample[] = [...sections].flatMap(([anchor, section]) =>
  [...section.matchAll(/^```example\n(.*?)^```$/gms)].map(([, text = '']) => read(anchor, text)),
);

/**
 * Blocks with empty lines between: tables of src/measures/columns/schema.ts, each with the names of its columns, its cells two
 * spaces or more apart; `GET` and the path; and the numbers.
 */
function read(anchor: string, text: string): WorkedExample {
  const blocks = text.trim().split(/\n\n+/);
  const asking = blocks.findIndex((block) => block.startsWith('GET '));
  const identities = new Map<string, number>();
  const expected = (blocks[asking + 1] ?? '').split('\n').map((line): [string, string] => {
    const [, where = '', what = ''] = /^(.+?) {2,}(.+)$/.exec(line) ?? [];
    return [where, what];
  });
  return {
    anchor,
    tables: Object.fromEntries(blocks.slice(0, asking).map((block) => tableIn(block, identities))),
    path: blocks[asking]?.slice('GET '.length) ?? '',
    expected,
  };
}

function tableIn(block: string, identities: Map<string, number>): [string, Row[]] {
  const [head = [], ...lines] = block.split('\n').map((line) => line.trim().split(/ {2,}/));
  const [table = '', ...columns] = head;
  const rows = lines.map(([name = '', ...cells]) => ({
    identity_id: identityOf(name, identities),
    ...(table === 'spans' ? { span_id: name } : {}),
    ...Object.fromEntries(columns.map((column, index) => [column, cellOf(column, cells[index] ?? '–', identities)])),
  }));
  return [table, table === 'spans' ? rows.map(withError) : rows];
}

function identityOf(name: string, identities: Map<string, number>): number {
  const known = identities.get(name) ?? identities.size + 1;
  identities.set(name, known);
  return known;
}

function cellOf(column: string, text: string, identities: Map<string, number>): Cell {
  if (text === '–') return null;
  if (column.endsWith('_at')) return Date.parse(`${text.replace(' ', 'T')}Z`);
  if (column === 'to_id') return identityOf(text, identities);
  if (column === 'labels') return text.split(', ');
  if (/^(is_|author_is_)/.test(column)) return text === 'yes';
  return NUMBERS.test(column) ? Number(text) : text;
}

/** What ends in an error is one, unless the example says otherwise. */
function withError(row: Row): Row {
  return { is_error: ['failure', 'error', 'timeout'].includes(String(row.result)), ...row };
}

interface Portion {
  readonly numbers: Readonly<Record<string, unknown>>;
  readonly previous: Readonly<Record<string, unknown>> | null;
  readonly buckets: readonly { readonly label: string; readonly numbers: Readonly<Record<string, unknown>> }[];
}
interface Answer {
  readonly total: Portion;
  readonly groups: readonly (Portion & { readonly group: Readonly<Record<string, string>> })[];
}

/**
 * What an answer has at `duration.p50`, in words that can be compared: `groups.shop/Payments.`, `buckets.2026-W13.` and `previous.`
 * may stand before it, or `answer.` before anything else that it has, step by step: `answer.distribution.0.type`. Compared with
 * {@link expectedAt}.
 */
export function toldAt(answer: Answer, where: string): string | number {
  const steps = where.split('.');
  if (steps[0] === 'answer') return anythingAt(answer, steps.slice(1));
  let portion: Portion = answer.total;
  if (steps[0] === 'groups') {
    const found = answer.groups.find(({ group }) => Object.values(group).join('/') === steps[1]);
    if (found === undefined) return `no group ${steps[1]}`;
    [portion] = [found, steps.splice(0, 2)];
  }
  let numbers: Readonly<Record<string, unknown>> | null | undefined = portion.numbers;
  if (steps[0] === 'previous') [numbers] = [portion.previous, steps.splice(0, 1)];
  else if (steps[0] === 'buckets')
    [numbers] = [portion.buckets.find(({ label }) => label === steps[1])?.numbers, steps.splice(0, 2)];
  const [name = '', field = 'value'] = steps;
  const number = numbers?.[name] as Readonly<Record<string, unknown>> | null | undefined;
  const told = number?.[field];
  if (Array.isArray(told))
    return told.map(({ reason, count, example }) => `${count} ${reason} (${example})`).join(', ');
  if (told === null) return `– (${number?.missing})`;
  return typeof told === 'number' ? told : `nothing at ${where}`;
}

function anythingAt(answer: unknown, steps: readonly string[]): string | number {
  const told = steps.reduce<unknown>((at, step) => (at as Readonly<Record<string, unknown>> | null)?.[step], answer);
  if (told === null) return '–';
  if (typeof told === 'boolean') return told ? 'yes' : 'no';
  return typeof told === 'number' ? told : String(told);
}

const UNITS_MS = { d: 86_400_000, h: 3_600_000, m: 60_000, s: 1_000 } as const;

/** `2h 30m`, `2/3`, `66.7 %` and `5` as numbers, anything else as it is. */
export function expectedAt(text: string): string | number {
  const part = /^(\d+)\/(\d+)$/.exec(text);
  if (part !== null) return Number(part[1]) / Number(part[2]);
  if (/^[\d.]+ %$/.test(text)) return Number.parseFloat(text) / 100;
  if (/^(\d+[dhms] ?)+$/.test(text))
    return [...text.matchAll(/(\d+)([dhms])/g)].reduce(
      (sum, [, count, unit]) => sum + Number(count) * UNITS_MS[unit as keyof typeof UNITS_MS],
      0,
    );
  return /^[\d.]+$/.test(text) ? Number(text) : text;
}
