import { expect, test } from '@jest/globals';
import { coreType } from '@prow/clients-kube';
import { startTestGitHub, startTestKube, useStarted } from './index.ts';

const kube = useStarted(startTestKube);
const github = useStarted(startTestGitHub);

test('an embedded Kubernetes API keeps its objects over a restart', async () => {
  const started = await kube();
  const configMaps = () => started.client.resource(coreType('configmaps', 'ConfigMap'), 'default');
  await configMaps().create({ metadata: { name: 'kept' } });
  await started.restart();
  expect((await configMaps().get('kept')).metadata.name).toBe('kept');
});

test('a local GitHub answers', async () => {
  const { github: local } = await github();
  expect((await fetch(local.apiUrl)).status).toBeLessThan(500);
});
