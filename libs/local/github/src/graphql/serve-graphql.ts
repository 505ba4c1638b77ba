import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Forge } from '../forge.ts';
export async function serveGraphql(_forge: Forge, _request: IncomingMessage, response: ServerResponse): Promise<void> {
  response.writeHead(501).end();
}
