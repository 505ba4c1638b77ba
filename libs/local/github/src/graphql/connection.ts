import { GraphQLError } from 'graphql';

export interface PageArguments {
  first?: number | null;
  last?: number | null;
  after?: string | null;
  before?: string | null;
}

export interface Connection<N> {
  nodes: N[];
  edges: { cursor: string; node: N }[];
  pageInfo: { hasNextPage: boolean; hasPreviousPage: boolean; startCursor: string | null; endCursor: string | null };
  totalCount: number;
}

const maxPage = 100;

/** A page of a list. Only what is on the page is made into nodes. GitHub's rule: `first` or `last`, at most 100. */
export function connection<T, N>(items: readonly T[], given: PageArguments, toNode: (item: T) => N): Connection<N> {
  const size = given.first ?? given.last;
  if (size === null || size === undefined) throw new GraphQLError('You must provide a `first` or `last` value to properly paginate the connection.');
  if (size < 0 || size > maxPage) throw new GraphQLError(`Requesting ${size} records on the connection exceeds the \`first\` limit of ${maxPage} records.`);
  const after = position(given.after);
  const before = position(given.before) ?? items.length;
  const from = after === undefined ? 0 : after + 1;
  const window = { from: Math.min(from, items.length), to: Math.max(from, Math.min(before, items.length)) };
  const isFirst = given.first !== null && given.first !== undefined;
  const start = isFirst ? window.from : Math.max(window.from, window.to - size);
  const end = isFirst ? Math.min(window.to, window.from + size) : window.to;
  const nodes = items.slice(start, end).map((item) => toNode(item));
  return {
    nodes,
    edges: nodes.map((node, at) => ({ cursor: cursor(start + at), node })),
    pageInfo: { hasNextPage: end < items.length, hasPreviousPage: start > 0, startCursor: nodes.length === 0 ? null : cursor(start), endCursor: nodes.length === 0 ? null : cursor(end - 1) },
    totalCount: items.length,
  };
}

function cursor(index: number): string {
  return Buffer.from(`cursor:${index}`).toString('base64');
}

function position(text: string | null | undefined): number | undefined {
  if (text === null || text === undefined || text === '') return undefined;
  const index = /^cursor:(\d{1,9})$/.exec(Buffer.from(text, 'base64').toString('utf8'))?.[1];
  if (index === undefined) throw new GraphQLError(`\`${text.slice(0, 100)}\` does not appear to be a valid cursor.`);
  return Number(index);
}
