import { Command, InvalidArgumentError } from 'commander';
import type { Importer } from '../../imports/contract.ts';
import type { Wanted } from '../../imports/importer.ts';
import { flag, withJson, withServer } from '../flags.ts';
import { zone } from '../output.ts';
import { maxWait, names, sinceAt } from '../report/asked.ts';
import { type Asking, askingOf } from '../vendors.ts';
import { type ImportFlags, importFrom } from './import.ts';
import type { ImportHere } from './target.ts';

/** What is particular to the import from one vendor. */
export interface VendorImport<Flags, Resource extends string> {
  /** The id of the source that reads what it brings; its command has the same name. */
  readonly source: string;
  /** As the vendor writes it. */
  readonly title: string;
  readonly description: string;
  /** How many requests the vendor allows in an hour, for the estimate; null where that says nothing. */
  readonly perHour: number | null;
  /** The flags that say which places are imported, with their descriptions. Each takes names. */
  readonly places: readonly (readonly [flags: string, description: string])[];
  /** What `--since` is of: what was `changed, closed or released`. */
  readonly happened: string;
  readonly resources: readonly Resource[];
  /** The flag that says where the vendor is, its description, and where it is where none is given. */
  readonly host: readonly [flags: string, description: string, usual?: string];
  /** For its help: where the token comes from, and what it has to be good for. */
  readonly token: string;
  readonly examples: string;
  /** Throws a CliFailure for what a flag says wrongly, or an error of the vendor. */
  readonly importerOf: (flags: Flags, asking: Asking, wanted: Wanted<Resource>) => Promise<Importer>;
}

interface VendorFlags<Resource> extends ImportFlags {
  readonly since?: string;
  readonly only?: readonly Resource[];
  readonly maxWait: number;
}

/** The command that imports from one vendor. */
export function vendorImportCommand<Flags, Resource extends string>(
  vendor: VendorImport<Flags, Resource>,
  here: ImportHere,
): Command {
  const { source, perHour, resources } = vendor;
  const command = new Command(source).description(vendor.description);
  const own = (flags: string, description: string) => flag(`IMPORT_${source}`, flags, description);
  const [hostFlags, hostDescription, usual] = vendor.host;
  const host = own(hostFlags, hostDescription).default(usual);
  const flags = [
    // What has to be given comes first.
    ...(usual === undefined ? [host] : []),
    ...vendor.places.map((place) => own(...place).argParser(names)),
    own('--since <time>', `only what was ${vendor.happened} since: 90d, 12w, 2026-03-01 or an instant`),
    own('--only <things>', `only these: ${resources.join(', ')}`).argParser(oneOf(resources)),
    ...(usual === undefined ? [] : [host]),
    maxWait(`IMPORT_${source}`, '65m'),
  ];
  for (const option of flags) command.addOption(option);
  return withImport(command)
    .addHelpText('after', `\n${vendor.token}\n${COMMON_HELP}\n\nExamples:\n${vendor.examples}`)
    .action((given: VendorFlags<Resource> & Flags) =>
      importFrom(command, given, here, {
        ...{ source, perHour },
        make: ({ signal, say }) => {
          const { since, only, maxWait: maxWaitMs } = given;
          return vendor.importerOf(given, askingOf(vendor.title, maxWaitMs, say, signal), {
            since: since === undefined ? null : sinceAt(since, Date.now(), zone()),
            only: resources.filter((one) => only?.includes(one) ?? true),
            onRenamed: (asked, today) => say(`${asked} is called ${today} today`),
          });
        },
      }),
    );
}

/** Adds the flags that all imports have. */
function withImport(command: Command): Command {
  command
    .addOption(
      flag(
        'IMPORT',
        '--instance <name>',
        'which of several senders of a kind, as in the address of its webhooks',
      ).default(''),
    )
    .addOption(flag('IMPORT', '--dry-run', 'tell how much it would be, and fetch and change nothing'))
    .addOption(flag('IMPORT', '--restart', 'forget where earlier imports stopped, and read all again'))
    .addOption(flag('IMPORT', '--config <file>', 'the configuration file, where no server runs').env('VS_CONFIG'))
    .addOption(
      flag('IMPORT', '--data-dir <folder>', 'the folder of the store, where no server runs').env('VS_DATA_DIR'),
    );
  return withJson(withServer(command));
}

/** Reads which of an importer's things are wanted; given several times, or once with commas. */
function oneOf<T extends string>(resources: readonly T[]): (text: string, before?: readonly T[]) => readonly T[] {
  return (text, before = []) => {
    const asked = names(text).map((name) => {
      const found = resources.find((one) => one === name);
      if (found === undefined) throw new InvalidArgumentError(`${name} is none of ${resources.join(', ')}`);
      return found;
    });
    return [...before, ...asked];
  };
}

const COMMON_HELP = `
A running server stores what is imported, and goes on receiving; where none runs, this command opens the store itself. It is read
as webhooks are: what both tell is one span, with all that either knows. Whatever interrupts it (Ctrl-C, a rate limit, a power
cut), the same command goes on where it stopped; once it is through, the same command brings what is new since.

Exit codes: 0 done; 1 the vendor or the server did not answer, a rate limit lasts longer than is waited for, or a part failed; 2 a
flag, a name or the token is wrong; 130 after Ctrl-C.`;
