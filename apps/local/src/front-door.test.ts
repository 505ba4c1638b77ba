import type { IncomingMessage, ServerResponse } from 'node:http';
import { expect, test } from '@jest/globals';
import { frontDoor } from './front-door.ts';

function ask(url: string): string {
  let answer = '';
  const part = (name: string) => (request: IncomingMessage) => {
    answer = `${name} ${request.url ?? ''}`;
  };
  const door = frontDoor([{ prefix: '/cimaster', handler: part('cimaster'), strips: true }, { prefix: '/hook', handler: part('hook') }], part('deck'));
  door({ url } as IncomingMessage, {} as ServerResponse);
  return answer;
}

test.each([
  ['/', 'deck /'],
  ['/hook', 'hook /hook'],
  ['/hook?x=1', 'hook /hook?x=1'],
  ['/hooks', 'deck /hooks'],
  ['/cimaster', 'cimaster /'],
  ['/cimaster?x', 'cimaster /?x'],
  ['/cimaster/getvacant?build=1', 'cimaster /getvacant?build=1'],
])('%s goes to %s', (url, wanted) => {
  expect(ask(url)).toBe(wanted);
});
