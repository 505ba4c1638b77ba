// An API server that a test can kill and start again at the same address: prints its kubeconfig's path, then serves.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { startKubeApi } from '@prow/local-kube-api';

const [dataDir = '', port = '0', maxChanges = '20000'] = process.argv.slice(2);
const api = await startKubeApi({ dataDir, port: Number(port), history: { maxChanges: Number(maxChanges), maxBytes: 64 * 1024 * 1024 } });
writeFileSync(join(dataDir, 'kubeconfig'), api.kubeconfig());
process.once('SIGTERM', () => void api.stop().then(() => process.exit(0)));
console.log(`ready ${api.url}`);
