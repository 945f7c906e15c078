import { ZodError } from 'zod';
import { VendorError, type VendorErrorKind } from '../vendors/error.ts';
import { ImportError } from './contract.ts';

/** What another place, or another kind of thing, would not do better with. */
const ENDS_ALL: readonly VendorErrorKind[] = ['no_token', 'bad_token', 'rate_limited', 'unavailable'];
const NEEDS_A_PERSON: readonly VendorErrorKind[] = ['no_token', 'bad_token', 'forbidden', 'not_found'];

/** An error of a vendor's API as one of the import; any other one as it is. `api`: how people call that API. */
export function importErrorFor(api: string, error: unknown, scope: ImportError['scope']): unknown {
  if (error instanceof VendorError) {
    const { kind, message } = error;
    const exitCode = NEEDS_A_PERSON.includes(kind) ? 2 : 1;
    return new ImportError(message, ENDS_ALL.includes(kind) ? 'all' : scope, exitCode, error);
  }
  if (!(error instanceof ZodError)) return error;
  const [issue] = error.issues;
  const where = `${issue?.path.join('.')}: ${issue?.message}`;
  return new ImportError(`${api} does not answer as its pages say (${where})`, scope, 1, error);
}
