import type { z } from 'zod';
import type { linkSchema, newTokenSchema, tokenBodySchema, tokenSchema } from '../api/access-schema.ts';
import type { Role } from '../domain/access.ts';
import { Client } from './client.ts';
import type { ServerFlags } from './flags.ts';

export type Token = z.output<typeof tokenSchema>;
type NewToken = z.output<typeof newTokenSchema>;
/** What to make, as the API takes it. */
type TokenBody = z.input<typeof tokenBodySchema>;
type SignInLink = z.output<typeof linkSchema>;

/** Which store, where no server runs. */
export interface Where {
  readonly config?: string;
  readonly data_dir?: string;
}

/** What can be done with tokens, at a server or in a store that none has open. */
export interface Tokens {
  create(body: TokenBody): Promise<NewToken>;
  list(): Promise<readonly Token[]>;
  /** By the id. */
  revoke(id: string): Promise<void>;
  link(role: Role): Promise<SignInLink>;
}

/** The tokens of a running server. */
export function tokensAt(flags: ServerFlags): Tokens {
  const client = new Client(flags);
  const path = '/api/v1/tokens';
  return {
    create: (body) => client.json('POST', path, { body: JSON.stringify(body) }),
    list: async () => (await client.json<{ items: Token[] }>('GET', path)).items,
    revoke: (id) => client.done('DELETE', `${path}/${id}`),
    link: (role) => client.json('POST', '/api/v1/session/links', { body: JSON.stringify({ role }) }),
  };
}
