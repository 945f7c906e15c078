import { z } from 'zod';
import { ConfigError } from './error.ts';

/** `measures` of the configuration file: the copy in columns that they are computed from. */
export const measuresSchema = z.strictObject({
  memory_mb: z.coerce
    .number()
    .int()
    .min(64)
    .max(1_048_576)
    .default(256)
    .describe('how much memory measures may take, in MiB; what does not fit goes to a file in the data folder'),
  by_author: z
    .boolean()
    .default(false)
    .describe('whether measures can be grouped and filtered by the author of the work; they compare teams, not people'),
  threads: z.coerce.number().int().min(1).max(256).default(1).describe('how many threads work on one question'),
});

type MeasuresFile = z.infer<typeof measuresSchema>;

export interface MeasuresSettings {
  readonly memoryMb: number;
  readonly threads: number;
  /** Whether they can be told by author. */
  readonly byAuthor: boolean;
}

/** The environment's name of each setting. */
export const measuresEnvironmentNames = {
  measures_memory_mb: 'VS_MEASURES_MEMORY_MB',
  measures_threads: 'VS_MEASURES_THREADS',
} as const;

export type MeasuresFlags = { readonly [Flag in keyof typeof measuresEnvironmentNames]?: string | undefined };

/** A flag wins over the environment, the environment over the file. Throws a ConfigError that names what is wrong. */
export function measuresSettings(
  file: MeasuresFile,
  environment: Readonly<Record<string, string | undefined>>,
  flags: MeasuresFlags,
): MeasuresSettings {
  const setting = (name: 'memory_mb' | 'threads') => {
    const flag = `measures_${name}` as const;
    const variable = measuresEnvironmentNames[flag];
    const value = flags[flag] ?? (environment[variable] === '' ? undefined : environment[variable]);
    if (value === undefined) return file[name];
    const parsed = measuresSchema.shape[name].safeParse(value);
    if (parsed.success) return parsed.data;
    const called = flags[flag] === undefined ? variable : `--${flag.replaceAll('_', '-')}`;
    throw new ConfigError(`${called}: ${parsed.error.issues[0]?.message ?? 'is wrong'}`);
  };
  return { memoryMb: setting('memory_mb'), threads: setting('threads'), byAuthor: file.by_author };
}
