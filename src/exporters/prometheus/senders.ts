import { OTHER, Room } from './room.ts';

export interface SenderLabels extends Readonly<Record<string, string>> {
  readonly source: string;
  readonly source_instance: string;
}

/**
 * The labels of whoever sends webhooks. Instances stand in URLs, so anybody can invent them: those that are configured, and
 * those of which something is stored, have names of their own; what is refused to others counts as `other`.
 */
export class Senders {
  readonly #room = new Room<{ source: string; source_instance: string }>([{ label: 'source_instance', limit: 100 }]);
  readonly #known = new Set<string>();

  /** Of one that is configured, or of which something was stored. */
  known(source: string, instance: string): SenderLabels {
    const labels = this.#room.admit({ source, source_instance: instance });
    if (labels.source_instance !== OTHER) this.#known.add(keyOf(source, instance));
    return labels;
  }

  /** Of one to which something was refused. */
  refused(source: string, instance: string): SenderLabels {
    if (instance === '' || this.#known.has(keyOf(source, instance))) return this.known(source, instance);
    return { source, source_instance: OTHER };
  }
}

function keyOf(source: string, instance: string): string {
  return JSON.stringify([source, instance]);
}
