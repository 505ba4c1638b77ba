// One port for everything: paths to parts. In production an Ingress has the same paths.
import type { IncomingMessage, RequestListener } from 'node:http';

export interface Route {
  /** `/hook`: this path and all below it. */
  prefix: string;
  handler: RequestListener;
  /** Whether the part sees the path without the prefix. */
  strips?: boolean;
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
      fallback(request, response);
      return;
    }
    if (route.strips === true) {
      // The part does not see its prefix: its links are below the slash.
      const [path, query] = splitOnce(url);
      if (path === route.prefix && (request.method === 'GET' || request.method === 'HEAD')) {
        response.writeHead(308, { Location: `${path}/${query}` }).end();
        return;
      }
      const rest = url.slice(route.prefix.length);
      request.url = rest.startsWith('/') ? rest : `/${rest}`;
    }
    route.handler(request, response);
  };
}
