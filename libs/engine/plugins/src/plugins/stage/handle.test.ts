import { expect, test } from '@jest/globals';
import { PluginWorld } from '../../testing/plugin-world.ts';
import { stage } from './index.ts';

test.each([
  ['/stage beta', ['stage/alpha'], ['removeLabel stage/alpha', 'addLabels stage/beta']],
  ['/stage alpha', ['stage/alpha'], []],
  ['/remove-stage alpha', ['stage/alpha'], ['removeLabel stage/alpha']],
  ['/stage omega', [], []],
])('%s', async (body, labels, changes) => expect(await new PluginWorld({ plugin: stage, labels }).comment('x', body)).toEqual(changes));
