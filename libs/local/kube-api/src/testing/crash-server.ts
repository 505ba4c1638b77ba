// A server that a test can kill: prints its address, then serves until it dies.
import { startKubeApi } from '../start-kube-api.ts';

const [dataDir = '', port = '0'] = process.argv.slice(2);
const api = await startKubeApi({ dataDir, port: Number(port), token: 'crash' });
// When the test itself is killed, nobody is left to kill us.
process.stdin.on('end', () => process.exit(1)).resume();
process.stdout.write(`${JSON.stringify({ url: api.url })}\n`);
