import { expect, test } from '@jest/globals';
import { PluginWorld, type WorldOptions } from '../../testing/plugin-world.ts';
import { blockade } from './index.ts';

const settings = 'blockades:\n- {repos: [org], blockregexps: ["^secret/"], exceptionregexps: ["^secret/ok"], explanation: No.}\n- {repos: [org/repo], branchregexp: "^release", blockregexps: [x]}\n';
const world = (files: WorldOptions['files'], labels: string[] = []): PluginWorld => new PluginWorld({ plugin: blockade, settings, labels, ...(files === undefined ? {} : { files }) });
const label = 'do-not-merge/blocked-paths';

test('protected paths hold it back until they no longer change', async () => {
  expect(await world([{ filename: 'secret/a' }]).pullRequest('opened')).toEqual([expect.stringContaining('createComment @author: This changes files that are protected'), `addLabels ${label}`]);
  expect(await world([{ filename: 'b', previous_filename: 'secret/a', status: 'renamed' }]).pullRequest('opened')).toHaveLength(2);
  expect(await world([{ filename: 'secret/ok/a' }, { filename: 'x' }]).pullRequest('opened')).toEqual([]);
  expect(await world([{ filename: 'b' }], [label]).pullRequest('synchronize')).toEqual([`removeLabel ${label}`]);
});
