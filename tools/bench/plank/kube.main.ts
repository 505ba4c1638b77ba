// An API server with the ProwJob resource; prints its address, writes its kubeconfig.
import { writeFileSync } from 'node:fs';
import { createLogger } from '@prow/base-log';
import { systemClock } from '@prow/base-time';
import { kubeClientFrom, type KubeResource } from '@prow/clients-kube';
import { startKubeApi } from '@prow/local-kube-api';
import { prowJobCrd } from '@prow/model-prowjob';

const [dataDir = '', kubeconfigPath = ''] = process.argv.slice(2);
const api = await startKubeApi({ dataDir, port: 0, address: '127.0.0.1', log: createLogger({ name: 'kube', level: 'warn' }), clock: systemClock });
const client = await kubeClientFrom(api.kubeconfig());
const crds = client.resource<KubeResource>({ group: 'apiextensions.k8s.io', version: 'v1', plural: 'customresourcedefinitions', kind: 'CustomResourceDefinition', namespaced: false });
await crds.patch('prowjobs.prow.k8s.io', { type: 'apply', body: prowJobCrd, fieldManager: 'bench', force: true });
writeFileSync(kubeconfigPath, api.kubeconfig(), { mode: 0o600 });
console.log('ready', api.url);
process.once('SIGTERM', () => {
  void client.close().then(() => api.stop()).then(() => process.exit(0));
});
