import type { Logger } from 'pino';

interface NamedToken {
  readonly id: number;
  readonly name: string;
  readonly scopes: readonly string[];
}

/** The facts worth telling about who comes in; never a secret, nor a part of one. */
export interface AccessFacts {
  tokenCreated(token: NamedToken, by: string): void;
  tokenRevoked(token: NamedToken, by: string): void;
  signedIn(as: string): void;
  /** Told once for each minute and address. */
  triedTooOften(ip: string): void;
  failed(error: unknown): void;
}

export function createAccessFacts(log: Logger): AccessFacts {
  const told = ({ id, name, scopes }: NamedToken) => ({ token: id, name, scopes });
  return {
    tokenCreated: (token, by) => log.info({ ...told(token), by }, 'a token was made'),
    tokenRevoked: (token, by) => log.info({ ...told(token), by }, 'a token was revoked'),
    signedIn: (as) => log.info({ as }, 'somebody has signed in'),
    triedTooOften: (ip) => log.warn({ ip }, 'too many wrong tokens or links; more are answered 429 for a minute'),
    failed: (error) => log.error({ err: error }, 'who came in could not be noted'),
  };
}
