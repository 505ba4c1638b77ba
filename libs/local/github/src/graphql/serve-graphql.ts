import type { IncomingMessage, ServerResponse } from 'node:http';
import { ProwError } from '@prow/base-errors';
import { readBody } from '@prow/base-service';
import { buildSchema, execute, GraphQLError, Kind, parse, validate, type DocumentNode, type ExecutionResult, type GraphQLSchema, type SelectionSetNode } from 'graphql';
import { LRUCache } from 'lru-cache';
import { accountIn } from '../access.ts';
import { ApiError } from '../api-error.ts';
import type { Forge } from '../forge.ts';
import { Nodes } from './nodes.ts';
import { refusal, rootOf } from './root.ts';
import { schemaText } from './schema.generated.ts';

const maxBodyBytes = 1024 * 1024;
const maxDepth = 25;
const maxFields = 5000;

let schema: GraphQLSchema | undefined;
/** Documents that were read and found valid. */
const documents = new LRUCache<string, DocumentNode>({ max: 100 });

/** Answers one query or mutation. Like GitHub: 200 with `errors` for what is wrong inside it, 401 for nobody. */
export async function serveGraphql(forge: Forge, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const reply = (status: number, body: unknown): void => {
    response.writeHead(status, { 'content-type': 'application/json; charset=utf-8', 'x-ratelimit-resource': 'graphql', 'cache-control': 'no-cache' }).end(JSON.stringify(body));
  };
  try {
    if (request.method !== 'POST') throw new ApiError(405, 'GraphQL is asked with POST');
    const account = accountIn(forge, request.headers.authorization);
    if (account === undefined) throw new ApiError(401, 'This endpoint requires you to be authenticated.');
    const { query, variables, operationName } = readRequest((await readBody(request, { maxBytes: maxBodyBytes })).toString('utf8'));
    const result = await run(new Nodes(forge, account), query, variables, operationName);
    await forge.database.settled();
    reply(200, result);
  } catch (error) {
    const status = error instanceof ApiError ? error.status : error instanceof ProwError ? (error.httpStatus ?? 500) : 500;
    if (status === 500) forge.log.error('a GraphQL request failed', { error });
    reply(status, { message: status === 500 ? 'Server Error' : (error as Error).message, documentation_url: 'https://docs.github.com/graphql' });
  }
}

function readRequest(text: string): { query: string; variables: Record<string, unknown>; operationName: string | undefined } {
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch {
    throw new ApiError(400, 'Problems parsing JSON');
  }
  const { query, variables, operationName } = (body ?? {}) as Record<string, unknown>;
  if (typeof query !== 'string') throw new ApiError(400, 'A query attribute must be specified and must be a string.');
  return { query, variables: typeof variables === 'object' && variables !== null ? (variables as Record<string, unknown>) : {}, operationName: typeof operationName === 'string' ? operationName : undefined };
}

async function run(nodes: Nodes, query: string, variableValues: Record<string, unknown>, operationName: string | undefined): Promise<ExecutionResult> {
  schema ??= buildSchema(schemaText);
  let document = documents.get(query);
  if (document === undefined) {
    try {
      document = parse(query, { maxTokens: 20_000 });
    } catch (error) {
      return { errors: [error instanceof GraphQLError ? error : new GraphQLError(String(error))] };
    }
    const problems = [...checkSize(document), ...validate(schema, document)];
    if (problems.length > 0) return { errors: problems.slice(0, 20) };
    documents.set(query, document);
  }
  const result = await execute({ schema, document, rootValue: rootOf(nodes), variableValues, ...(operationName === undefined ? {} : { operationName }) });
  return { ...result, ...(result.errors === undefined ? {} : { errors: result.errors.map((error) => shown(nodes.forge, error)) }) };
}

/** GitHub puts the type beside the message. What is our own fault is logged, and not told. */
function shown(forge: Forge, error: GraphQLError): GraphQLError {
  const known = error.originalError === undefined ? error : (refusal(error.originalError) ?? (error.originalError instanceof GraphQLError ? error.originalError : undefined));
  if (known === undefined) forge.log.error('a GraphQL field failed', { error: error.originalError, path: error.path?.join('.') });
  const { type } = (known?.extensions ?? {}) as { type?: string };
  const plain = { ...(type === undefined ? {} : { type }), message: known?.message ?? 'Something went wrong while executing your query.', path: error.path, locations: error.locations };
  return plain as unknown as GraphQLError;
}

/** Deep and endless documents are refused before anything walks them. */
function checkSize(document: DocumentNode): GraphQLError[] {
  let fields = 0;
  const depthOf = (selections: SelectionSetNode, depth: number): number => {
    let deepest = depth;
    for (const selection of selections.selections) {
      fields += 1;
      if (fields > maxFields || depth > maxDepth) return maxDepth + 1;
      if (selection.kind !== Kind.FRAGMENT_SPREAD && selection.selectionSet !== undefined) deepest = Math.max(deepest, depthOf(selection.selectionSet, depth + 1));
    }
    return deepest;
  };
  for (const definition of document.definitions) {
    if ('selectionSet' in definition && depthOf(definition.selectionSet, 1) > maxDepth) return [new GraphQLError(`Query is too large: at most ${maxDepth} levels and ${maxFields} fields`)];
  }
  return [];
}
