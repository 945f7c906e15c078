import { hash } from 'node:crypto';
import type { EpochMs } from '../domain/event.ts';
import { spanIdOf } from '../domain/identity.ts';
import type { Agenda } from './agenda.ts';

/** By this name the demo's senders are told apart from real ones: `/webhooks/github/demo`. */
export const INSTANCE = 'demo';

/** One webhook as its sender sends it, unsigned. */
export interface DemoDelivery {
  readonly source: string;
  /** When it arrives, a second after what it tells. */
  readonly at: EpochMs;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** The span id of something that a sender of the demo tells. */
export function demoSpanId(source: string, kind: string, scope: string, id: string): string {
  return spanIdOf({ source, instance: INSTANCE, kind, scope, id }, { scope, id });
}

/** Where webhooks are put down in order, and where what has to be unique gets its numbers. */
export class Outbox {
  readonly deliveries: DemoDelivery[] = [];
  readonly #agenda: Agenda;
  readonly #name: string;
  #counted = 0;
  #made = 0;

  /** Another name gives other numbers, so that two demos in one store stay apart. */
  constructor(agenda: Agenda, name: string) {
    this.#agenda = agenda;
    this.#name = name;
  }

  get now(): EpochMs {
    return this.#agenda.now;
  }

  post(source: string, headers: Readonly<Record<string, string>>, payload: object): void {
    const all = { 'content-type': 'application/json', ...headers };
    this.deliveries.push({ source, at: this.now + 1_000, headers: all, body: JSON.stringify(payload) });
  }

  /** A number that nothing else has; later ones are greater. */
  number(): number {
    const base = 1_000_000_000 + (Number.parseInt(hash('sha1', this.#name).slice(0, 6), 16) % 8_000) * 1_000_000;
    this.#counted += 1;
    return base + this.#counted;
  }

  /** The name of a commit, of 40 digits. */
  sha(): string {
    this.#made += 1;
    return hash('sha1', `${this.#name} ${this.#made}`);
  }

  uuid(): string {
    const hex = this.sha();
    return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
  }
}
