import type { IncomingMessage, ServerResponse } from 'node:http';
import { expect, test } from '@jest/globals';
import { frontDoor } from './front-door.ts';

function ask(url: string): string {
  let answer = '';
  const part = (name: string) => (request: IncomingMessage) => {
    answer = `${name} ${request.url ?? ''}`;
  };
  const door = frontDoor([{ prefix: '/cimaster', handler: part('cimaster'), strips: true, calls: ['getvacant'] }, { prefix: '/hook', handler: part('hook') }], part('deck'));
  const moved = { writeHead: (status: number, { Location }: { Location?: string }) => ({ end: (text = '') => void (answer = Location === undefined ? `${status} ${text.trim()}` : `moved ${Location}`) }) };
  door({ url, method: 'GET' } as IncomingMessage, moved as unknown as ServerResponse);
  return answer;
}

test.each([
  ['/', 'deck /'],
  ['/hook', 'hook /hook'],
  ['/hook?x=1', 'hook /hook?x=1'],
  ['/hooks', 'deck /hooks'],
  ['/getvacant?build=1', '404 nothing is served at /getvacant; did you mean /cimaster/getvacant?'],
  ['/cimaster', 'moved /cimaster/'],
  ['/cimaster?x', 'moved /cimaster/?x'],
  ['/cimaster/getvacant?build=1', 'cimaster /getvacant?build=1'],
])('%s goes to %s', (url, wanted) => {
  expect(ask(url)).toBe(wanted);
});
