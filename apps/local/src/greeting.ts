// What is told when the system is up: where everything is, and three things to try.
import { relative } from 'node:path';
import type { RunningSystem } from './start-system.ts';

export function greeting({ frontDoor, cimaster, github, kubernetes, kubeconfig, node, tokens }: RunningSystem['addresses'], { elapsedMs, colors, repos }: { elapsedMs: number; colors: boolean; repos: readonly string[] }): string {
  const bold = (text: string): string => (colors ? `\u001b[1m${text}\u001b[0m` : text);
  const quiet = (text: string): string => (colors ? `\u001b[2m${text}\u001b[0m` : text);
  const near = relative(process.cwd(), kubeconfig);
  const clone = new URL(`${github}/tess/tessops.git`);
  clone.username = 'john';
  clone.password = tokens['john'] ?? '';
  return `
${bold('Prow is up')} ${quiet(`after ${(elapsedMs / 1000).toFixed(1)} s; Ctrl-C stops it`)}

  pages                   ${frontDoor}/
  cluster pool            ${cimaster}/clusters
  local GitHub            ${github}
  Kubernetes API          ${kubernetes}
  node                    ${node}

${bold('Try')}
  1. Open a pull request and watch its jobs run:
       git clone ${clone.href} && cd tessops && git checkout -b first
       echo hello >> README.md && git commit -am hello && git push origin first
       ${quiet(`then open it at ${github}/tess/tessops/compare (log in as john)`)}
  2. Look at the jobs:       ${frontDoor}/
       kubectl --kubeconfig ${near} get prowjobs
  3. See the whole round:    npm run demo   ${quiet('(in a second terminal)')}
${repos.map((name) => `\n  Your repository: git clone ${clone.href.replace('tess/tessops', `local/${name}`)}\n`).join('')}
`;
}
