import type { Role } from '../domain/access.ts';
import type { EpochMs } from '../domain/event.ts';
import type { StoredLink } from '../store/access.ts';
import { ByHash } from './by-hash.ts';
import { hashOf, newSecret } from './secret.ts';
import type { AccessParts } from './tokens.ts';

/** So long a link may be used. */
export const LINK_MS = 10 * 60_000;
const MAX_LINKS = 100;

/** Links by which somebody may sign in, each once. */
export class Links {
  readonly #parts: AccessParts;
  readonly #entries = new ByHash<StoredLink>();

  constructor(stored: readonly StoredLink[], parts: AccessParts) {
    this.#parts = parts;
    for (const link of stored) this.#entries.add(link);
  }

  /** Makes a link; its secret is told here and never again. */
  async create(role: Role, createdBy: string): Promise<{ readonly secret: string; readonly expiresAt: EpochMs }> {
    const secret = newSecret('link');
    const link = { hash: hashOf(secret), role, createdBy, expiresAt: this.#parts.now() + LINK_MS };
    await this.sweep();
    const [oldest] = this.#entries.all();
    if (oldest !== undefined && this.#entries.size >= MAX_LINKS) await this.#remove(oldest);
    await this.#parts.store.addLink(link);
    this.#entries.add(link);
    return { secret, expiresAt: link.expiresAt };
  }

  /** Takes a link, after which it is worth nothing. Null where there is none, or it was taken, or has expired. */
  async take(secret: string): Promise<StoredLink | null> {
    const link = this.#entries.find(secret);
    if (link === undefined || !(await this.#remove(link))) return null;
    return link.expiresAt > this.#parts.now() ? link : null;
  }

  /** Forgets those that have expired. */
  async sweep(): Promise<void> {
    const now = this.#parts.now();
    for (const link of this.#entries.all()) if (link.expiresAt <= now) await this.#remove(link);
  }

  /** From here at once, so that of two who come together one finds nothing any more. */
  #remove(link: StoredLink): Promise<boolean> {
    this.#entries.delete(link);
    return this.#parts.store.takeLink(link.hash);
  }
}
