// A local GitHub as a process of its own, for the test that kills it: crash-server.ts DATA_DIR PORT HOOK_URL SECRET
import { silentLogger } from '@prow/base-log';
import { systemClock } from '@prow/base-time';
import { startLocalGitHub } from '../start-local-github.ts';

const [dataDir = '', port = '0', hookUrl = '', secret = ''] = process.argv.slice(2);
const github = await startLocalGitHub({ dataDir, port: Number(port), log: silentLogger, clock: systemClock });
await github.seed.ensureUser({ login: 'alice', token: 'token-of-alice' });
await github.seed.ensureOrganization({ login: 'acme', admins: ['alice'] });
await github.seed.ensureHook({ owner: 'acme', url: hookUrl, secret });
await github.seed.ensureRepository({ owner: 'acme', name: 'app' });
process.stdout.write(`ready ${github.port}\n`);
