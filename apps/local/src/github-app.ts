import { mkdir, writeFile } from 'node:fs/promises';
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { stringFlag, stringListFlag } from '@prow/base-flags';
import type { AppDefinition } from '@prow/base-service';
import { checkoutDir } from './checkout.ts';
import { servedRepos, startGitHub } from './start-github.ts';

const flags = {
  dataDir: stringFlag('data-dir', { help: 'where everything is kept', default: '.prow' }),
  seed: stringFlag('seed', { help: 'YAML file of people, organisations and repositories; default: configs/local-github.yaml of this checkout' }),
  repos: stringListFlag('repo', { help: 'git repository to serve as local/NAME' }),
  hookUrl: stringFlag('hook-url', { help: 'where webhooks go: http://127.0.0.1:8888/hook; default: nowhere' }),
  hmacSecretFile: stringFlag('hmac-secret-file', { help: 'file with the secret that signs webhooks' }),
  tokensOut: stringFlag('tokens-out', { help: "JSON file to write people's tokens to; default: github-tokens.json in --data-dir" }),
} as const;

/** The local GitHub alone. */
export const githubApp: AppDefinition<typeof flags> = {
  name: 'github',
  summary: 'A local GitHub: REST, GraphQL, webhooks, git over HTTP, and pages to read and write pull requests.',
  examples: ['prow run github --port=8081 --hook-url=http://127.0.0.1:8888/hook --hmac-secret-file=hmac'],
  flags,
  defaultPort: 8081,
  servesItself: true,
  start: async (settings, { log, clock, listenOn }) => {
    const dataDir = resolve(settings.dataDir);
    await mkdir(dataDir, { recursive: true, mode: 0o700 });
    const checkout = checkoutDir();
    const secret = settings.hmacSecretFile === undefined ? '' : readFileSync(settings.hmacSecretFile, 'utf8').trim();
    const { github, tokens } = await startGitHub({
      dataDir,
      port: listenOn.port,
      address: listenOn.address,
      seedPath: settings.seed ?? join(checkout, 'configs/local-github.yaml'),
      checkout,
      repos: servedRepos(settings.repos),
      hook: settings.hookUrl === undefined ? undefined : { url: settings.hookUrl, secret },
      log,
      clock,
    });
    await writeFile(settings.tokensOut ?? join(dataDir, 'github-tokens.json'), `${JSON.stringify(tokens, null, 2)}\n`, { mode: 0o600 });
    return { url: github.url, stop: () => github.stop() };
  },
};
