import wildcardMatch from 'wildcard-match';
import * as otel from '../domain/conventions.ts';
import type { FactValue, Stage, TagValue } from '../domain/event.ts';
import type { Conditions } from './schema.ts';

/** What rules look at: an event, or what has been folded of many. */
export interface Subject {
  readonly source: string;
  readonly kind: string;
  readonly project: string;
  readonly operation: string;
  readonly actor: string | null;
  readonly tags: Readonly<Record<string, TagValue | null>>;
  readonly facts: Readonly<Record<string, FactValue | null>>;
  readonly stage: Stage | null;
}

export type Matches = (text: string) => boolean;
export type Condition = (subject: Subject) => boolean;

type Patterns = string | readonly string[];
type Plain = Exclude<keyof Conditions, 'parameter' | 'tag'>;

/** `*` is any text and `?` any character; everything else is meant as it stands, letter case aside. */
const ANY_TEXT = { separator: false, flags: 'is' } as const;

/** Whether a text is what any of the patterns means. */
export function anyOf(patterns: Patterns): Matches {
  const several = [patterns].flat();
  return several.length === 0 ? () => false : wildcardMatch(several, ANY_TEXT);
}

/** Whether all conditions hold. */
export function all({ parameter = {}, tag = {}, ...plain }: Conditions): Condition {
  const checks = [
    ...Object.entries(plain).flatMap(([name, patterns]) =>
      patterns === undefined ? [] : [one(readers[name as Plain], patterns)],
    ),
    ...Object.entries(parameter).map(([name, patterns]) =>
      one(({ facts }) => values(facts, `parameter.${name}`), patterns),
    ),
    ...Object.entries(tag).map(([name, patterns]) => one(({ tags }) => values(tags, name), patterns)),
  ];
  return (subject) => checks.every((check) => check(subject));
}

type Read = (subject: Subject) => readonly string[];

function one(read: Read, patterns: Patterns): Condition {
  const matches = anyOf(patterns);
  return (subject) => read(subject).some((text) => text !== '' && matches(text));
}

const readers: Readonly<Record<Plain, Read>> = {
  source: ({ source }) => [source],
  project: ({ project }) => [project],
  kind: ({ kind }) => [kind],
  operation: ({ operation }) => [operation],
  workflow: ({ facts }) => values(facts, 'workflow'),
  job: ({ facts }) => values(facts, 'job'),
  environment: (subject) => [environmentTold(subject) ?? ''],
  branch: ({ facts }) => ['head_branch', 'branch', 'ref'].flatMap((name) => values(facts, name)),
  trigger: ({ facts }) => values(facts, 'trigger'),
  label: ({ facts }) => values(facts, 'labels'),
  type: ({ facts }) => values(facts, 'issue_type'),
  status: ({ stage }) => (stage === null ? [] : [stage.name, stage.key]),
  path: ({ facts }) => [...values(facts, 'paths'), ...values(facts, 'workflow_path')],
  person: (subject) => [personOf(subject) ?? ''],
};

/** Where it acted, in the sender's words. */
export function environmentTold({ facts, tags }: Pick<Subject, 'facts' | 'tags'>): string | null {
  return values(facts, 'environment')[0] ?? values(tags, otel.DEPLOYMENT_ENVIRONMENT_NAME)[0] ?? null;
}

/** Whose work it is: its author's, or where none is told of whoever caused it. */
export function personOf({ facts, actor }: Pick<Subject, 'facts' | 'actor'>): string | null {
  return values(facts, 'author')[0] ?? actor;
}

/** A value as texts; none where it is not there. */
export function values(from: Subject['facts'] | Subject['tags'], name: string): readonly string[] {
  const value = Object.hasOwn(from, name) ? from[name] : null;
  if (value === null || value === undefined) return [];
  return Array.isArray(value) ? value : [String(value)];
}
