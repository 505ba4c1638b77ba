import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Forge } from '../forge.ts';
export async function serveWeb(_forge: Forge, _request: IncomingMessage, response: ServerResponse, _place: { path: string; query: URLSearchParams }): Promise<void> {
  response.writeHead(404).end();
}
