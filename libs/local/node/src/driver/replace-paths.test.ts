import { expect, test } from '@jest/globals';
import { replacePaths } from './replace-paths.ts';

const paths = new Map([['/logs', '/pod/volumes/logs'], ['/logs/deep', '/elsewhere'], ['/tmp', '/pod/tmp'], ['/tmp/shared', '/tmp/shared'], ['/home/prow/go', '/pod/go']]);

test.each([
  ['/logs', '/pod/volumes/logs'],
  ['/logs/x', '/pod/volumes/logs/x'],
  ['/logs/deep/y', '/elsewhere/y'],
  ['--out=/logs', '--out=/pod/volumes/logs'],
  ['{"log":"/logs/clone.json","root":"/home/prow/go"}', '{"log":"/pod/volumes/logs/clone.json","root":"/pod/go"}'],
  ['cp a /logs; ls /tmp', 'cp a /pod/volumes/logs; ls /pod/tmp'],
  ['/var/logs', '/var/logs'],
  ['/logs2 /logs.d', '/logs2 /logs.d'],
  ['$HOME/logs', '$HOME/logs'],
  ['/tmp/shared/x:/tmp/y', '/tmp/shared/x:/pod/tmp/y'],
  ['https://host/logs', 'https://host/logs'],
  ['none', 'none'],
])('%j → %j', (text, expected) => {
  expect(replacePaths(text, paths)).toBe(expected);
});
