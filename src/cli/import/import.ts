import type { Command } from 'commander';
import { type Estimate, ImportError, type Importer } from '../../imports/contract.ts';
import { type EstimatedPart, estimateImport, type ImportResult, runImport } from '../../imports/run.ts';
import { CliFailure } from '../failure.ts';
import type { ServerFlags } from '../flags.ts';
import { inWords, printJson } from '../output.ts';
import { ratedProgress } from '../rated-progress.ts';
import { stopOnSignal } from '../stop-on-signal.ts';
import { failureOf } from '../vendors.ts';
import { findTarget, type ImportHere, type Where } from './target.ts';

/** The flags that all imports have. */
export interface ImportFlags extends ServerFlags {
  readonly instance: string;
  readonly dryRun?: boolean;
  readonly restart?: boolean;
  readonly config?: string;
  readonly dataDir?: string;
  readonly json?: boolean;
}

/** What an importer is made with. */
export interface Making {
  readonly signal: AbortSignal;
  /** Says something that stays, beside the progress. */
  readonly say: (text: string) => void;
}

/** Places that are read at one time. More would only meet the limits for requests at one time. */
const PLACES = 4;

/**
 * Runs the import of one vendor's command, or its dry run, from its flags to its exit code. `make` may throw a CliFailure, or
 * an error of the vendor. `perHour`: how many requests the vendor allows in an hour, for the estimate.
 */
export async function importFrom(
  command: Command,
  flags: ImportFlags,
  here: ImportHere,
  { source, perHour, make }: { source: string; perHour: number | null; make: (making: Making) => Promise<Importer> },
): Promise<void> {
  const stop = stopOnSignal();
  const progress = ratedProgress('things');
  const isDefault = command.getOptionValueSource('url') === 'default';
  const origin = { source, instance: flags.instance };
  try {
    const importer = await make({ signal: stop.signal, say: progress.say });
    const open = isDefault ? () => here(origin, whereOf(flags)) : null;
    const target = await findTarget(flags, origin, stop.signal, open);
    try {
      const options = { places: PLACES, signal: stop.signal, restart: flags.restart === true };
      if (flags.dryRun === true) {
        tellEstimate(await estimateImport(importer, target, options), perHour, flags);
        return;
      }
      const result = await runImport(importer, target, {
        ...options,
        onProgress: ({ things, parts }) =>
          progress.update({ ...things, also: `${parts.done} of ${parts.total} parts` }),
      });
      progress.stop();
      tellResult(result, flags);
    } finally {
      await target.close();
    }
  } catch (error) {
    progress.stop();
    if (stop.signal.aborted) {
      console.error('stopped. What was imported is stored, and the same command goes on from there.');
      process.exitCode = stop.exitCode();
      return;
    }
    throw error instanceof ImportError ? new CliFailure(withWayOn(error.message), error.exitCode) : failureOf(error);
  } finally {
    stop.forget();
  }
}

function withWayOn(message: string): string {
  return `${message}\n  What was imported is stored: the same command goes on from there.`;
}

function whereOf({ config, dataDir }: ImportFlags): Where {
  return { ...(config === undefined ? {} : { config }), ...(dataDir === undefined ? {} : { data_dir: dataDir }) };
}

function tellResult({ written, things, parts, failed }: ImportResult, flags: ImportFlags): void {
  for (const { part, error } of failed) console.error(`${part.name}, ${part.resource}: ${error.message}`);
  if (failed.length > 0) process.exitCode = Math.max(...failed.map(({ error }) => error.exitCode));
  if (flags.json === true) {
    const failures = failed.map(({ part, error }) => ({
      name: part.name,
      resource: part.resource,
      error: error.message,
    }));
    const { accepted, duplicates, ignored, deadLetters } = written;
    printJson({ things, parts, accepted, duplicates, ignored, dead_letters: deadLetters, failed: failures });
    return;
  }
  const known = written.duplicates === 0 ? '' : `, ${written.duplicates} known before`;
  console.log(`${things} things imported: ${written.accepted} new or changed${known}`);
  if (written.deadLetters > 0)
    console.log(`${written.deadLetters} could not be read: "valuestream deliveries --outcome dead_letter" shows why`);
}

function tellEstimate(parts: readonly EstimatedPart[], perHour: number | null, flags: ImportFlags): void {
  const total = parts.reduce<Estimate>(
    (sum, { things, requests }) => ({ things: sum.things + things, requests: sum.requests + requests }),
    { things: 0, requests: 0 },
  );
  const waitMs = perHour === null ? null : timeFor(total.requests, perHour);
  if (flags.json === true) {
    printJson({
      ...total,
      duration_ms: waitMs,
      parts: parts.map(({ part: { name, resource }, things, requests, isKnown }) => ({
        ...{ name, resource, things, requests },
        imported_before: isKnown,
      })),
    });
    return;
  }
  for (const { part, things, requests, isKnown } of parts)
    console.log(
      `${part.name}  ${part.resource}: ${things}, ${requests} requests${isKnown ? ' at most: only what is new comes' : ''}`,
    );
  const time = waitMs === null ? '' : `, about ${inWords(waitMs)} at ${perHour} requests an hour`;
  console.log(`${total.things} things, about ${total.requests} requests${time}`);
}

const HOUR_MS = 3_600_000;
/** A request and its answer, with several at one time. */
const REQUEST_MS = 250;

/** As fast as they are answered, and never more in an hour than the vendor allows. */
function timeFor(requests: number, perHour: number): number {
  return Math.max(requests * REQUEST_MS, Math.floor(requests / perHour) * HOUR_MS);
}
