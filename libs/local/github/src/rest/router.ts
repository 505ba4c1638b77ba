import type { ApiRequest, Reply } from './api-request.ts';

export type Handler = (request: ApiRequest) => Reply | Promise<Reply>;

/** A route as GitHub's documentation writes it: `GET /repos/{owner}/{repo}`; `{name+}` may span slashes. */
export interface Route {
  template: string;
  method: string;
  path: string;
  handler: Handler;
}

interface Compiled extends Route {
  pattern: RegExp;
  names: string[];
}

export type RouteTable = Readonly<Record<string, Handler>>;

/** Finds the handler of a path. Templates are tried in the order given. */
export class Router {
  readonly #byMethod = new Map<string, Compiled[]>();

  constructor(...routes: readonly RouteTable[]) {
    for (const table of routes) {
      for (const [template, handler] of Object.entries(table)) {
        const compiled = compile(template, handler);
        const list = this.#byMethod.get(compiled.method) ?? [];
        list.push(compiled);
        this.#byMethod.set(compiled.method, list);
      }
    }
  }

  /** `params` are decoded; undefined when the path is no route, or holds what cannot be decoded. */
  find(method: string, path: string): { route: Route; params: Record<string, string> } | undefined {
    for (const route of this.#byMethod.get(method) ?? []) {
      const match = route.pattern.exec(path);
      if (match === null) continue;
      try {
        const params = Object.fromEntries(route.names.map((name, at) => [name, decodeURIComponent(match[at + 1] ?? '')]));
        if (Object.values(params).some((value) => value.includes('\0'))) return undefined;
        return { route, params };
      } catch {
        return undefined;
      }
    }
    return undefined;
  }

  /** All routes, as GitHub's documentation writes them. */
  templates(): string[] {
    return [...this.#byMethod.values()].flatMap((routes) => routes.map((route) => route.template));
  }
}

/** Only our own templates come here. */
function compile(template: string, handler: Handler): Compiled {
  const [method = '', path = ''] = template.split(' ');
  const names: string[] = [];
  const source = path.replaceAll(/\{(\w+)(\+?)\}|[.*?^$()|[\]\\]/g, (text, name: string | undefined, plus: string) => {
    if (name === undefined) return `\\${text}`;
    names.push(name);
    return plus === '' ? '([^/]+)' : '(.+)';
  });
  return { template, method, path, handler, pattern: new RegExp(`^${source}/?$`), names };
}
