import { z } from 'zod';
import { roles, scopes } from '../domain/access.ts';
import { PLAIN_TEXT } from '../domain/text.ts';
import { time } from './schema.ts';

const scopeList = z.array(z.enum(scopes));

export const tokenSchema = z
  .object({
    id: z.string(),
    name: z.string(),
    scopes: scopeList,
    created_at: time,
    created_by: z.string().describe('who made it, in words'),
    expires_at: time.nullable().describe('null where it never does'),
    is_expired: z.boolean(),
    last_used_at: time.nullable().describe('to about five minutes; null while it has not been used'),
  })
  .meta({ id: 'Token', description: 'A token of the API, without its secret' });

export const newTokenSchema = tokenSchema
  .extend({ token: z.string().describe('the token itself: told here and never again') })
  .meta({ id: 'NewToken', description: 'A token of the API, just made' });

export const tokenBodySchema = z.strictObject({
  name: z
    .string()
    .trim()
    .min(1)
    .max(100)
    .regex(PLAIN_TEXT, 'must be one line, and hold no control characters')
    .describe('what people call it; no two have the same'),
  scopes: scopeList
    .min(1)
    .transform((given) => scopes.filter((scope) => given.includes(scope)))
    .describe('`read`: look at everything but raw bodies and tokens; `ingest`: tell events; `admin`: everything'),
  expires_at: z.iso
    .datetime({ offset: true })
    .nullable()
    .optional()
    .describe('from when on it is worth nothing; never, where it is not given'),
});

const role = z.enum(roles).describe('`read_only`, or `admin`, which sees raw bodies and may change things');

export const sessionSchema = z
  .object({
    required: z.boolean().describe('whether this request would be refused without a token or a session'),
    via: z.enum(['token', 'session', 'open']).nullable().describe('how you were let in; null where you were not'),
    role: role.nullable().describe('null where you may not look at anything'),
    scopes: scopeList,
    expires_at: time.nullable().describe('when it ends, unless it is used before; null where it does not'),
  })
  .meta({ id: 'Session', description: 'Who you are to this server, and what you may do' });

export const signInSchema = z
  .strictObject({
    once: z.string().max(200).optional().describe('what stands in a sign-in link after `#once=`'),
    token: z.string().max(200).optional().describe('a token with the scope `read` or `admin`'),
  })
  .refine(({ once, token }) => (once === undefined) !== (token === undefined), {
    path: ['once'],
    error: 'either once or token has to be given',
  });

export const linkBodySchema = z.strictObject({ role: role.default('admin') });

export const linkSchema = z
  .object({ url: z.string().describe('open it in a browser; it works once'), role, expires_at: time })
  .meta({ id: 'SignInLink', description: 'A link by which somebody may sign in, once' });
