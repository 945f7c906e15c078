import { z } from 'zod';
import type { ImportPage } from '../contract.ts';
import { listed } from './listed.ts';
import type { Asked, Resource } from './resource.ts';

const boardSchema = z.object({ id: z.number(), type: z.string().nullish() });
type Board = z.output<typeof boardSchema>;

const sprintSchema = z.looseObject({ id: z.number(), state: z.string().nullish(), completeDate: z.string().nullish() });
type Sprint = z.output<typeof sprintSchema>;

/** The board that is read, and the place in its list from which the next page is; null where the next import begins anew. */
const positionSchema = z.object({ board: z.number(), startAt: z.number().int() }).nullable();

/** A Jira without boards (Jira Work Management alone, an old Data Center) has no such API. */
const NO_BOARDS = [404];
/** A kanban board is asked for sprints in vain, and says so. */
const NO_SPRINTS = [400, 404];

/**
 * Sprints of the boards of a project that have begun. There are few, and any may be edited at any time, so that all of them are
 * looked at each time. A sprint of several boards, or of several projects, comes with each: the same again.
 */
export const sprints: Resource = {
  // No list of sprints says how long it is.
  estimate: async (asked) => {
    let [things, requests] = [0, 1];
    for (const board of await boardsOf(asked))
      for await (const { values } of sprintsOf(asked, board)) {
        things += values.length;
        requests += 1;
      }
    return { things, requests };
  },
  pages: async function* (asked, position): AsyncIterable<ImportPage> {
    const begun = position === null ? null : positionSchema.parse(JSON.parse(position));
    const boards = (await boardsOf(asked)).filter(({ id }) => begun === null || id >= begun.board);
    for (const [index, board] of boards.entries()) {
      const from = board.id === begun?.board ? begun.startAt : 0;
      const following = boards[index + 1];
      const then = following === undefined ? null : { board: following.id, startAt: 0 };
      for await (const { values, next } of sprintsOf(asked, board, from)) {
        const told = values.filter((sprint) => hasBegun(sprint, asked.since));
        yield {
          deliveries: told.map((sprint) => ({ import: 'sprint', sprint })),
          position: JSON.stringify(next === null ? then : { board: board.id, startAt: next }),
          things: told.length,
        };
      }
    }
  },
};

async function boardsOf({ jira, project }: Asked): Promise<readonly Board[]> {
  const boards: Board[] = [];
  const options = { none: NO_BOARDS, query: { projectKeyOrId: project.id } };
  for await (const { values } of listed(jira, boardSchema, '/rest/agile/1.0/board', options)) boards.push(...values);
  return boards.filter(({ type }) => type !== 'kanban').sort((a, b) => a.id - b.id);
}

function sprintsOf({ jira }: Asked, { id }: Board, from = 0) {
  return listed(jira, sprintSchema, `/rest/agile/1.0/board/${id}/sprint`, { from, none: NO_SPRINTS });
}

function hasBegun({ state, completeDate }: Sprint, since: number | null): boolean {
  if (state !== 'active' && state !== 'closed') return false;
  return since === null || !completeDate || Date.parse(completeDate) >= since;
}
