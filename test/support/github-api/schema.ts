import { schema as github } from '@octokit/graphql-schema';
import { buildSchema, execute, GraphQLError, type GraphQLSchema, parse, validate } from 'graphql';
import type { Author, Company, PullRequest, Repository, Review } from './company.ts';
import type { Commit, LineCommit, PullPast, Turn } from './past.ts';

/** GitHub's own schema, so that what GitHub would refuse is refused here. */
const schema: GraphQLSchema = buildSchema(github.idl, { assumeValid: true });

/** Who asks. */
export interface Viewer {
  /** Of a classic token; null of a fine-grained one, which has none. */
  readonly scopes: readonly string[] | null;
}

/** An answer of GraphQL, in GitHub's shape: its errors have a type. */
export interface GraphqlAnswer {
  readonly data?: unknown;
  readonly errors?: readonly { readonly type?: string; readonly message: string }[];
}

/** Answers a query about a company as GitHub's GraphQL API does. */
export async function answerGraphql(
  company: Company,
  viewer: Viewer,
  { query, variables }: { readonly query: string; readonly variables?: Readonly<Record<string, unknown>> },
): Promise<GraphqlAnswer> {
  const document = parse(query);
  const wrong = validate(schema, document);
  if (wrong.length > 0) return { errors: wrong.map(({ message }) => ({ message })) };
  const { data, errors } = await execute({
    ...{ schema, document, rootValue: rootOf(company, viewer) },
    ...(variables === undefined ? {} : { variableValues: variables }),
  });
  if (errors === undefined) return { data };
  return {
    data,
    errors: errors.map(({ message, path, extensions }) => ({
      ...(typeof extensions.type === 'string' ? { type: extensions.type } : {}),
      ...(path === undefined ? {} : { path }),
      message,
    })),
  };
}

const refused = (type: string, message: string) => new GraphQLError(message, { extensions: { type } });

function rootOf(company: Company, viewer: Viewer) {
  const maySee = ({ isPrivate }: Repository) => !isPrivate || viewer.scopes === null || viewer.scopes.includes('repo');
  const seen = company.repositories.filter(maySee);
  const named = (owner: string, name: string) => {
    const full = company.renamed.get(`${owner}/${name}`.toLowerCase()) ?? `${owner}/${name}`;
    return seen.find((one) => `${one.owner}/${one.name}`.toLowerCase() === full.toLowerCase());
  };
  const ownerOf = (login: string) => ({
    __typename: 'Organization',
    ...{ login, id: `O_${login}` },
    repositories: (page: PageArguments) => {
      const owned = seen.filter(({ owner }) => owner.toLowerCase() === login.toLowerCase());
      return connection(owned, page, ({ name }) => name, repositoryOf);
    },
  });
  return {
    repository: ({ owner, name }: { owner: string; name: string }) => {
      const found = named(owner, name);
      if (found !== undefined) return repositoryOf(found);
      throw refused('NOT_FOUND', `Could not resolve to a Repository with the name '${owner}/${name}'.`);
    },
    repositoryOwner: ({ login }: { login: string }) => {
      const owner = company.repositories.find((one) => one.owner.toLowerCase() === login.toLowerCase())?.owner;
      return owner === undefined ? null : ownerOf(owner);
    },
    node: ({ id }: { id: string }) => {
      const repository = seen.find((one) => one.id === id);
      if (repository !== undefined) return repositoryOf(repository);
      const found = seen
        .flatMap((one) => one.pullRequests.map((pull) => ({ one, pull })))
        .find(({ one, pull }) => idOf(one, pull) === id);
      if (found !== undefined) return pullRequestOf(found.one, found.pull);
      throw refused('NOT_FOUND', `Could not resolve to a node with the global id of '${id}'`);
    },
    nodes: ({ ids }: { ids: readonly string[] }) =>
      ids.map((id) => {
        const turns = seen.find(({ past }) => past?.turns.has(id))?.past?.turns.get(id);
        if (turns === undefined) return null;
        return { __typename: 'Issue', id, timelineItems: (page: PageArguments) => listed(turns, page, turnOf) };
      }),
    viewer: {
      organizations: (page: PageArguments) => {
        if (viewer.scopes !== null && !viewer.scopes.includes('read:org'))
          throw refused(
            'INSUFFICIENT_SCOPES',
            `Your token has not been granted the required scopes to execute this query. The 'login' field requires one of the following scopes: ['read:org'], but your token has only been granted the: [${viewer.scopes.map((scope) => `'${scope}'`).join(', ')}] scopes. Please modify your token's scopes at: https://github.com/settings/tokens.`,
          );
        const owners = [...new Set(company.repositories.map(({ owner }) => owner))];
        return connection(owners, page, (owner) => owner, ownerOf);
      },
    },
  };
}

interface PageArguments {
  readonly first?: number;
  readonly after?: string;
  readonly orderBy?: { readonly field: string; readonly direction: 'ASC' | 'DESC' };
}

/**
 * One page of a list. Cursors name where they stand by value, as GitHub's do, so what comes before does not move them. How many
 * there are can be asked without saying of how many to tell; what they are cannot.
 */
function connection<T, N>(items: readonly T[], page: PageArguments, key: (item: T) => string, node: (item: T) => N) {
  let shown: { readonly nodes: N[]; readonly pageInfo: object } | undefined;
  const shownPage = () => {
    shown ??= pageOf(items, page, key, node);
    return shown;
  };
  return { totalCount: items.length, nodes: () => shownPage().nodes, pageInfo: () => shownPage().pageInfo };
}

function pageOf<T, N>(items: readonly T[], page: PageArguments, key: (item: T) => string, node: (item: T) => N) {
  const { first, after, orderBy } = page;
  if (first === undefined)
    throw refused('MISSING_PAGINATION_BOUNDARIES', 'You must provide a `first` or `last` value to properly paginate.');
  if (first < 1 || first > 100)
    throw refused('EXCESSIVE_PAGINATION', `Requesting ${first} records exceeds the \`first\` limit of 100 records.`);
  const sign = orderBy?.direction === 'DESC' ? -1 : 1;
  const compare = (a: string, b: string) => sign * (a < b ? -1 : a > b ? 1 : 0);
  const sorted = items.map((item) => ({ item, at: key(item) })).sort((a, b) => compare(a.at, b.at));
  const from = typeof after === 'string' ? Buffer.from(after, 'base64url').toString() : null;
  const rest = from === null ? sorted : sorted.filter(({ at }) => compare(at, from) > 0);
  const shown = rest.slice(0, first);
  const last = shown.at(-1)?.at;
  return {
    nodes: shown.map(({ item }) => node(item)),
    pageInfo: {
      hasNextPage: shown.length < rest.length,
      hasPreviousPage: from !== null,
      endCursor: last === undefined ? null : Buffer.from(last).toString('base64url'),
    },
  };
}

const sortable = (number: number) => String(number).padStart(10, '0');
const idOf = (repository: Repository, { number }: PullRequest) => `PR_${repository.id}_${number}`;

function repositoryOf(repository: Repository) {
  const { id, owner, name, isPrivate, isArchived, isFork, past } = repository;
  return {
    __typename: 'Repository',
    ...{ id, name, isPrivate, isArchived, isFork, ...namesOf(repository) },
    ...{ hasIssuesEnabled: true, issues: counted(past?.issues), deployments: counted(past?.deployments) },
    releases: counted(past?.releases),
    owner: { __typename: 'Organization', login: owner },
    pullRequests: ({ states, ...page }: PageArguments & { states?: readonly string[] }) => {
      const matching = repository.pullRequests.filter(({ state }) => states?.includes(state) ?? true);
      const time = page.orderBy?.field === 'UPDATED_AT' ? 'updatedAt' : 'createdAt';
      const key = (pull: PullRequest) => `${pull[time]} ${sortable(pull.number)}`;
      return connection(matching, page, key, (pull) => pullRequestOf(repository, pull));
    },
    defaultBranchRef: () => {
      const head = past?.line.at(-1);
      return head === undefined ? null : { name: 'main', target: objectOf(head, repository) };
    },
    object: ({ oid }: { oid: string }) => {
      const found = past?.line.find((commit) => commit.oid === oid);
      return found === undefined ? null : objectOf(found, repository);
    },
  };
}

/** A commit with all that it stands on: by when it was committed, the latest first, as git lists it. */
function objectOf(commit: LineCommit, repository: Repository) {
  return {
    __typename: 'Commit',
    ...commitOf(commit, repository),
    parents: (page: PageArguments) => listed(commit.parents, page, (oid) => ({ __typename: 'Commit', oid })),
    history: ({ since, ...page }: PageArguments & { since?: string | null }) => {
      const all = reachableFrom(commit, repository.past?.line ?? []);
      const shown = since ? all.filter(({ committedDate }) => Date.parse(committedDate) >= Date.parse(since)) : all;
      return listed(shown, page, (one) => objectOf(one, repository));
    },
  };
}

function reachableFrom(head: LineCommit, line: readonly LineCommit[]): LineCommit[] {
  const byOid = new Map(line.map((commit) => [commit.oid, commit]));
  const found = new Set<LineCommit>();
  const next = [head];
  for (let one = next.pop(); one !== undefined; one = next.pop()) {
    if (found.has(one)) continue;
    found.add(one);
    next.push(...one.parents.flatMap((oid) => byOid.get(oid) ?? []));
  }
  const at = new Map(line.map((commit, index) => [commit, index]));
  return [...found].sort(
    (a, b) => Date.parse(b.committedDate) - Date.parse(a.committedDate) || (at.get(b) ?? 0) - (at.get(a) ?? 0),
  );
}

const counted = (things: readonly unknown[] = []) => ({ totalCount: things.length });

function namesOf({ owner, name, past }: Repository) {
  const nameWithOwner = `${owner}/${name}`;
  return { databaseId: past?.databaseId ?? 1, nameWithOwner, url: `https://github.example.com/${nameWithOwner}` };
}

function pullRequestOf(repository: Repository, pull: PullRequest) {
  const { comments, reviews, author, ...same } = pull;
  const past = repository.past?.pulls.get(pull.number);
  return {
    __typename: 'PullRequest',
    ...same,
    id: idOf(repository, pull),
    url: `https://github.example.com/${repository.owner}/${repository.name}/pull/${pull.number}`,
    author: actorOf(author),
    comments: () => ({ totalCount: comments }),
    reviews: (page: PageArguments) => listed(reviews, page, (review, at) => reviewOf(review, past?.reviewIds[at])),
    ...(past === undefined ? {} : pastOf(past, repository)),
  };
}

/** A list in its own order. */
function listed<T, N>(items: readonly T[], page: PageArguments, node: (item: T, at: number) => N) {
  return connection(
    [...items.entries()],
    page,
    ([at]) => sortable(at),
    ([at, item]) => node(item, at),
  );
}

function pastOf({ id, branch, commits, mergeCommit, turns }: PullPast, repository: Repository) {
  return {
    ...{ fullDatabaseId: id, body: 'Why.', milestone: null },
    ...{ headRefName: branch, headRefOid: commits.at(-1)?.oid, headRepository: namesOf(repository) },
    ...{ baseRefName: 'main', baseRepository: namesOf(repository) },
    mergeCommit: mergeCommit === null ? null : commitOf(mergeCommit, repository),
    labels: (page: PageArguments) => listed([], page, (label) => label),
    commits: (page: PageArguments) => listed(commits, page, (commit) => ({ commit: commitOf(commit, repository) })),
    timelineItems: (page: PageArguments) => listed(turns, page, turnOf),
  };
}

function commitOf({ oid, message, authoredDate, committedDate }: Commit, repository: Repository) {
  return {
    ...{ oid, message, authoredDate, committedDate },
    url: `${namesOf(repository).url}/commit/${oid}`,
    author: { name: 'ada', user: null },
  };
}

function turnOf({ type, actor, review, ...turn }: Turn) {
  return {
    ...{ __typename: type, ...turn, actor: actorOf(actor) },
    review: review === undefined ? null : { __typename: 'PullRequestReview', fullDatabaseId: review },
  };
}

function reviewOf({ author, state, submittedAt, comments }: Review, fullDatabaseId: string | undefined) {
  return {
    __typename: 'PullRequestReview',
    ...{ fullDatabaseId, state, submittedAt, author: actorOf(author) },
    comments: () => ({ totalCount: comments }),
  };
}

function actorOf(author: Author) {
  return author === null ? null : { __typename: author.kind, login: author.login };
}
