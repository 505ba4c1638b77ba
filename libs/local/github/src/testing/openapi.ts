import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import addFormats from 'ajv-formats';
import { Ajv, type ValidateFunction } from 'ajv';

type Json = Record<string, unknown>;

/** GitHub's own description of its REST API, for tests. */
export class OpenApi {
  readonly #document: Json;
  readonly #ajv = new Ajv({ strict: false, allErrors: true, validateFormats: true, validateSchema: false, inlineRefs: false, logger: false });
  readonly #compiled = new Map<string, ValidateFunction | undefined>();

  constructor() {
    const folder = fileURLToPath(new URL('../../../../../node_modules/@octokit/openapi/generated/', import.meta.url));
    this.#document = JSON.parse(readFileSync(`${folder}api.github.com.json`, 'utf8')) as Json;
    addFormats.default(this.#ajv, ['date-time', 'uri']);
    // All schemas together, so that each is compiled once however many routes use it.
    this.#ajv.addSchema({ $id: 'github', components: { schemas: withoutNullable((this.#document['components'] as Json)['schemas']) } });
  }

  /** Whether GitHub documents the route: `GET /repos/{owner}/{repo}`. */
  has(template: string): boolean {
    const [method = '', path = ''] = template.replaceAll('+}', '}').split(' ');
    return ((this.#document['paths'] as Json)[path] as Json | undefined)?.[method.toLowerCase()] !== undefined;
  }

  /** What is wrong with an answer; empty when nothing is, undefined when GitHub documents no such answer. */
  problems(template: string, status: number, body: unknown): string[] | undefined {
    const name = `${template} ${status}`;
    if (!this.#compiled.has(name)) this.#compiled.set(name, this.#compile(template, status));
    const validate = this.#compiled.get(name);
    if (validate === undefined) return undefined;
    validate(body);
    return (validate.errors ?? []).map((error) => `${error.instancePath} ${error.message ?? ''} ${JSON.stringify(error.params)}`);
  }

  /** What is wrong with a webhook's payload; undefined when GitHub documents no such event. */
  webhookProblems(event: string, payload: Json): string[] | undefined {
    const action = typeof payload['action'] === 'string' ? `-${payload['action'].replaceAll('_', '-')}` : '';
    const name = `${event.replaceAll('_', '-')}${action}`;
    const hook = (this.#document['x-webhooks'] as Json)[name] as Json | undefined;
    if (hook === undefined) return undefined;
    const content = ((hook['post'] as Json)['requestBody'] as Json)['content'] as Json;
    const schema = JSON.stringify((content['application/json'] as Json)['schema']).replaceAll('"#/components/', '"github#/components/');
    if (!this.#compiled.has(name)) this.#compiled.set(name, this.#ajv.compile(withoutNullable(JSON.parse(schema)) as Json));
    const validate = this.#compiled.get(name);
    validate?.(payload);
    return (validate?.errors ?? []).map((error) => `${error.instancePath} ${error.message ?? ''} ${JSON.stringify(error.params)}`);
  }

  #compile(template: string, status: number): ValidateFunction | undefined {
    const [method = '', path = ''] = template.replaceAll('+}', '}').split(' ');
    const operation = ((this.#document['paths'] as Json)[path] as Json | undefined)?.[method.toLowerCase()] as Json | undefined;
    let response = (operation?.['responses'] as Json | undefined)?.[String(status)] as Json | undefined;
    const reference = response?.['$ref'];
    if (typeof reference === 'string') response = ((this.#document['components'] as Json)['responses'] as Json)[reference.split('/').at(-1) ?? ''] as Json;
    const content = (response?.['content'] as Json | undefined)?.['application/json'] as Json | undefined;
    if (content?.['schema'] === undefined) return undefined;
    return this.#ajv.compile(withoutNullable(JSON.parse(JSON.stringify(content['schema']).replaceAll('"#/components/', '"github#/components/'))) as Json);
  }
}

/** OpenAPI 3.0's `nullable` in JSON Schema's own words; examples are left out. */
function withoutNullable(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map((each) => withoutNullable(each));
  if (typeof schema !== 'object' || schema === null) return schema;
  const { nullable, ...rest } = Object.fromEntries(Object.entries(schema).filter(([key]) => key !== 'example' && key !== 'examples').map(([key, value]) => [key, withoutNullable(value)]));
  if (nullable === undefined) return rest;
  return nullable === true ? { anyOf: [rest, { type: 'null' }] } : { ...rest, nullable };
}
