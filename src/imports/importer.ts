import type { ImportError, Importer, ImportPart } from './contract.ts';
import { importErrorFor } from './errors.ts';
import type { ResourceOf } from './resource.ts';

/** What is wanted of a vendor, whichever it is. */
export interface Wanted<Resource extends string> {
  /** In milliseconds since 1970; null for everything. */
  readonly since: number | null;
  readonly only: readonly Resource[];
  /** Hears of a place that is called otherwise today. */
  readonly onRenamed: (asked: string, today: string) => void;
}

/** What one vendor's importer is made of. */
interface Vendor<Asked> extends Pick<Importer, 'source'> {
  /** How people call its API. */
  readonly api: string;
  readonly resources: Readonly<Record<string, ResourceOf<Asked>>>;
  /** Those of them that are wanted, in the order in which they are best brought. */
  readonly only: readonly string[];
  /** The places to import, each with what its resources are fetched of. Throws where a name leads nowhere. */
  readonly places: () => Promise<readonly Place<Asked>[]>;
}

interface Place<Asked> extends Pick<ImportPart, 'scope' | 'name'> {
  readonly asked: Asked;
}

/** An importer of the resources of a vendor's places. */
export function importerOf<Asked>({ source, api, resources, only, places }: Vendor<Asked>): Importer {
  const found = new Map<string, Asked>();
  const resourceOf = ({ scope, name, resource }: ImportPart) => {
    const [kind, asked] = [resources[resource], found.get(scope)];
    if (kind === undefined || asked === undefined) throw new RangeError(`${name}, ${resource}: no part of this import`);
    return { estimate: () => kind.estimate(asked), pages: (position: string | null) => kind.pages(asked, position) };
  };
  const explained = async <T>(scope: ImportError['scope'], work: () => Promise<T>): Promise<T> => {
    try {
      return await work();
    } catch (error) {
      throw importErrorFor(api, error, scope);
    }
  };
  return {
    source,
    resources: only,
    parts: () =>
      explained('all', async () => {
        const all = await places();
        for (const { scope, asked } of all) found.set(scope, asked);
        return all.flatMap(({ scope, name }) => only.map((resource) => ({ scope, name, resource })));
      }),
    estimate: (part) => explained('part', () => resourceOf(part).estimate()),
    pages: async function* (part, position) {
      try {
        yield* resourceOf(part).pages(position);
      } catch (error) {
        throw importErrorFor(api, error, 'part');
      }
    },
  };
}
