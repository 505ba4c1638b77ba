// `npm run goldens`: how much of what upstream answered is answered alike. Needs the goldens, in ../shared beside the
// checkout or in PROW_SHARED. `npm run goldens -- --show 5` shows the first differences of each kind.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { bundle } from './bundle.mjs';
import { firstDifference, isEqual } from './equal.mjs';

const shared = process.env.PROW_SHARED ?? fileURLToPath(new URL('../../../shared', import.meta.url));
const showIndex = process.argv.indexOf('--show');
const show = showIndex === -1 ? 2 : Number(process.argv[showIndex + 1]);
if (!existsSync(join(shared, 'goldens'))) {
  console.log(`goldens: skipped, ${shared} is not there`);
  process.exit(0);
}

const goldenLines = (name) => gunzipSync(readFileSync(join(shared, 'goldens/kubernetes', name))).toString().trim().split('\n').map((line) => JSON.parse(line));
const corpus = join(shared, 'corpus/kubernetes');
const paths = ['--config-path', join(corpus, 'config.yaml'), '--job-config-path', join(corpus, 'jobs'), '--plugin-config', join(corpus, 'plugins.yaml'), '--config-cache-dir', ''];
const program = await bundle('apps/prow/src/index.ts');
const { runCommandLine } = await import(pathToFileURL(program.path).href);
let complete = true;

/** Runs a command in this process; each has the whole program's behaviour, none its start. */
async function prow(args, input = '') {
  const out = [];
  const err = [];
  const code = await runCommandLine(args, {
    out: (text) => out.push(text),
    error: (text) => err.push(text),
    lines: async function* lines() {
      for (const line of input.split('\n')) yield line;
    },
  });
  return { code, stdout: out.join(''), stderr: err.join('') };
}

async function prowLines(args, input) {
  const { code, stdout, stderr } = await prow(args, input);
  if (code !== 0) console.log(`prow ${args[0]} ended with ${code}: ${stderr.slice(0, 2000)}`);
  return stdout.trim() === '' ? [] : stdout.trim().split('\n').map((line) => JSON.parse(line));
}

function report(what, right, total, differences = []) {
  if (right !== total) complete = false;
  console.log(`${right === total ? '✓' : '✗'} ${what.padEnd(34)} ${right}/${total}`);
  for (const difference of differences.slice(0, show)) console.log(`    ${difference}`);
}

// Upstream walks a map to write a search over several organisations: their order is another each time.
function comparable(part, value) {
  return part === 'search' && typeof value === 'string' ? value.split(/ (?=-?[\w]+:)/).toSorted() : value;
}

function compareLines(what, ours, theirs, parts, nameOf) {
  for (const part of parts) {
    const differences = [];
    for (const [index, golden] of theirs.entries()) {
      const line = ours[index] ?? {};
      if (nameOf(line) !== nameOf(golden)) differences.push(`line ${index + 1}: ours ${nameOf(line)}, upstream ${nameOf(golden)}`);
      else if (!isEqual(comparable(part, line[part]), comparable(part, golden[part]))) differences.push(`${nameOf(golden)} ${firstDifference(line[part], golden[part]) ?? ''}`);
    }
    report(`${what} ${part}`, theirs.length - differences.length, theirs.length, differences);
  }
  if (ours.length !== theirs.length) report(`${what} lines`, ours.length, theirs.length);
}

async function verdicts() {
  const { base, cases } = JSON.parse(readFileSync(join(shared, 'goldens/verdicts.json')));
  const folder = mkdtempSync(join(tmpdir(), 'prow-verdicts-'));
  /** @type {Record<'load' | 'check' | 'stricter', string[]>} */
  const wrong = { load: [], check: [], stricter: [] };
  for (const each of cases) {
    for (const [key, file] of [['config', 'config.yaml'], ['plugins', 'plugins.yaml'], ['jobs', 'jobs.yaml']]) writeFileSync(join(folder, file), each[key] ?? base[key]);
    const files = ['--config-path', join(folder, 'config.yaml'), '--job-config-path', join(folder, 'jobs.yaml'), '--plugin-config', join(folder, 'plugins.yaml')];
    const load = await prow(['check', ...files]);
    const check = await prow(['check', '--strict', ...files]);
    const verdict = (code) => (code === 0 ? 'accept' : 'reject');
    if (verdict(load.code) !== each.load) wrong.load.push(`${each.name}: ours ${verdict(load.code)}, upstream ${each.load}: ${each.loadError ?? load.stdout.split('\n')[0]}`);
    if (verdict(check.code) === each.check) continue;
    (each.check === 'accept' ? wrong.stricter : wrong.check).push(`${each.name}: ours ${verdict(check.code)}, upstream ${each.check}: ${each.checkError ?? check.stdout.split('\n')[0]}`);
  }
  rmSync(folder, { recursive: true });
  report('verdicts load', cases.length - wrong.load.length, cases.length, wrong.load);
  report('verdicts check, or stricter', cases.length - wrong.check.length, cases.length, wrong.check);
  console.log(`    ${wrong.stricter.length} stricter than upstream`);
  for (const each of wrong.stricter.slice(0, Math.max(0, show - 2))) console.log(`    ${each}`);
}

/** The languages of Go: cron, templates, regular expressions, durations. */
async function go() {
  const answers = await bundle('tools/goldens/go-answers.ts');
  const { cronAnswer, templateAnswer, regexAnswer, durationAnswer } = await import(pathToFileURL(answers.path).href);
  answers.remove();
  const read = (name) => readFileSync(join(shared, 'goldens/go', name), 'utf8');
  const prowJob = JSON.parse(read('prowjob.json'));
  for (const [what, answer] of [['cron', cronAnswer], ['template', (line) => templateAnswer(line, prowJob)], ['regex', regexAnswer], ['duration', durationAnswer]]) {
    const lines = read(`${what}.jsonl`).trim().split('\n').map((line) => JSON.parse(line));
    const differences = lines.flatMap((line) => firstDifference(answer(line), line) ?? []);
    report(`go ${what}`, lines.length - differences.length, lines.length, differences);
  }
}

try {
  await go();
  compareLines('jobs', await prowLines(['dump', ...paths]), goldenLines('jobs.jsonl.gz'), ['job', 'prowjob', 'pod', 'url', 'path', 'alias', 'latest'], (line) => `${line.kind} ${line.repo ?? ''} ${line.name}`);
  const triggers = goldenLines('trigger.jsonl.gz');
  const input = triggers.map(({ run: _run, ...rest }) => JSON.stringify(rest)).join('\n');
  compareLines('trigger', await prowLines(['explain', '--batch', ...paths], input), triggers, ['run'], (line) => `${line.repo} ${line.branch} ${line.event} ${line.body ?? ''}`);
  const tide = goldenLines('tide.jsonl.gz');
  const ourTide = await prowLines(['dump', '--what', 'tide', ...paths]);
  for (const kind of ['query', 'branch']) {
    const parts = kind === 'query' ? ['config', 'search', 'orgSearch'] : ['contextPolicy', 'error', 'mergeMethod', 'batchSizeLimit', 'branchProtection', 'branchProtectionError'];
    compareLines(`tide ${kind}`, ourTide.filter((line) => line.kind === kind), tide.filter((line) => line.kind === kind), parts, (line) => `${line.kind} ${line.index ?? ''} ${line.repo ?? ''} ${line.branch ?? ''}`);
  }
  for (const what of ['config', 'plugins']) {
    const [ours] = await prowLines(['dump', '--what', what, ...paths]);
    const [theirs] = goldenLines(`${what}.json.gz`);
    const keys = [...new Set([...Object.keys(ours ?? {}), ...Object.keys(theirs)])];
    const differences = keys.flatMap((key) => firstDifference(ours?.[key], theirs[key], `.${key}`) ?? []);
    report(`${what} sections`, keys.length - differences.length, keys.length, differences);
  }
  await verdicts();
} finally {
  program.remove();
}
// The same selections once more, but of a program that gets webhooks. It ends by itself when it takes too long.
const sampled = spawnSync(process.execPath, [fileURLToPath(new URL('hook-trigger.mjs', import.meta.url)), '200'], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] });
const [, equal = '0', of = '200'] = /running hook: (\d+) of (\d+) equal/.exec(sampled.stdout) ?? [];
report('trigger, through a running hook', sampled.status === 0 ? Number(equal) : Math.min(Number(equal), Number(of) - 1), Number(of), sampled.stdout.trim().split('\n').slice(0, -1));

if (!complete) process.exitCode = 1;
