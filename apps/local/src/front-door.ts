// One port for everything: paths to parts. In production an Ingress has the same paths.
import type { IncomingMessage, RequestListener } from 'node:http';

export interface Route {
  /** `/hook`: this path and all below it. */
  prefix: string;
  handler: RequestListener;
  /** Whether the part sees the path without the prefix. */
  strips?: boolean;
  /** What the part serves first of all: who asks for that without the prefix is told of it. */
  calls?: readonly string[];
}

function fits(url: string, prefix: string): boolean {
  return url === prefix || url.startsWith(`${prefix}/`) || url.startsWith(`${prefix}?`);
}

function splitOnce(url: string): [path: string, query: string] {
  const at = url.indexOf('?');
  return at < 0 ? [url, ''] : [url.slice(0, at), url.slice(at)];
}

/** The longest prefix that fits decides; else `fallback`. */
export function frontDoor(routes: readonly Route[], fallback: RequestListener): RequestListener {
  const longestFirst = routes.toSorted((a, b) => b.prefix.length - a.prefix.length);
  return (request: IncomingMessage, response) => {
    const url = request.url ?? '/';
    const route = longestFirst.find(({ prefix }) => fits(url, prefix));
    if (route === undefined) {
      const [path] = splitOnce(url);
      const meant = routes.find(({ calls }) => calls?.includes(path.slice(1)));
      if (meant === undefined) fallback(request, response);
      else response.writeHead(404, { 'Content-Type': 'text/plain; charset=utf-8' }).end(`nothing is served at ${path}; did you mean ${meant.prefix}${path}?\n`);
      return;
    }
    if (route.strips === true) {
      // The part does not see its prefix: its links are below the slash.
      const [path, query] = splitOnce(url);
      if (path === route.prefix && (request.method === 'GET' || request.method === 'HEAD')) {
        response.writeHead(308, { Location: `${path}/${query}` }).end();
        return;
      }
      // As express has it: what was asked for, for messages.
      Object.assign(request, { originalUrl: url });
      const rest = url.slice(route.prefix.length);
      request.url = rest.startsWith('/') ? rest : `/${rest}`;
    }
    route.handler(request, response);
  };
}
