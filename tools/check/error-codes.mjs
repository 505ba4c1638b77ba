// Every error code of the product, with what it says and where it is made: docs/errors.md is written from the sources.
// `--fix` writes it; without, it is compared, and a code that two rooms make is an error.
import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { globSync } from './files.mjs';

process.chdir(fileURLToPath(new URL('../..', import.meta.url)));
const page = 'docs/errors.md';
const codePattern = /(['"`])(PROW_[A-Z0-9]+_[A-Z0-9_]*[A-Z0-9])\1/g;
// A code followed by its message: `new XError('CODE', 'message'` or a function of the room that makes the error.
const messagePattern = /['"](PROW_[A-Z0-9]+_[A-Z0-9_]*[A-Z0-9])['"],\s*(?=[`'"])/g;
const notCodes = /process\.env(\.|\[['"])PROW_[A-Z0-9_]+|env\[['"]PROW_[A-Z0-9_]+/g;

function sourcesOf(dir) {
  return readdirSync(`${dir}/src`, { recursive: true })
    .map((name) => `${dir}/src/${name}`)
    .filter((path) => /\.tsx?$/.test(path) && !/\.test\.tsx?$/.test(path) && !path.includes('/testing/'))
    .toSorted();
}

/** The text of the literal that begins here, with … for what varies. */
function literalText(source, start) {
  const quote = source[start];
  let text = '';
  for (let at = start + 1; at < source.length && source[at] !== quote; at += 1) {
    if (source[at] === '\\') text += source[(at += 1)] === 'n' ? ' ' : source[at];
    else if (quote === '`' && source.startsWith('${', at)) {
      at = endOfHole(source, at + 2);
      text += '…';
    } else text += source[at];
  }
  return text.replaceAll(/\s+/g, ' ').replaceAll(/…+/g, '…').replaceAll('|', '\\|').replaceAll('<', '&lt;').trim();
}

/** Where the `}` stands that ends a `${`, over literals within it. */
function endOfHole(source, start) {
  let depth = 1;
  for (let at = start; at < source.length; at += 1) {
    if (source[at] === '{') depth += 1;
    else if (source[at] === '}') {
      depth -= 1;
      if (depth === 0) return at;
    } else if ('`\'"'.includes(source[at])) at = endOfLiteral(source, at);
  }
  return source.length;
}

function endOfLiteral(source, start) {
  for (let at = start + 1; at < source.length; at += 1) {
    if (source[at] === '\\') at += 1;
    else if (source[start] === '`' && source.startsWith('${', at)) at = endOfHole(source, at + 2);
    else if (source[at] === source[start]) return at;
  }
  return source.length;
}

const codes = new Map();
const rooms = [...globSync('apps', 1), ...globSync('libs', 2)].filter((dir) => !dir.startsWith('libs/testing')).toSorted();
for (const dir of rooms) {
  let paths;
  try {
    paths = sourcesOf(dir);
  } catch {
    continue;
  }
  for (const path of paths) {
    const source = readFileSync(path, 'utf8').replaceAll(notCodes, '').replaceAll(/^\s*(\*|\/\/).*$/gm, '');
    const entryOf = (code) => {
      if (!codes.has(code)) codes.set(code, { rooms: new Set(), messages: new Set() });
      const entry = codes.get(code);
      entry.rooms.add(dir);
      return entry;
    };
    for (const [, , code] of source.matchAll(codePattern)) entryOf(code);
    for (const match of source.matchAll(messagePattern)) {
      const text = literalText(source, match.index + match[0].length);
      if (!text.startsWith('PROW_') && /[a-z]{2} |…/.test(text)) entryOf(match[1]).messages.add(text);
    }
  }
}

const byPrefix = new Map();
for (const [code, entry] of [...codes].toSorted(([a], [b]) => (a < b ? -1 : 1))) {
  const prefix = code.split('_').slice(0, 2).join('_');
  if (!byPrefix.has(prefix)) byPrefix.set(prefix, []);
  byPrefix.get(prefix).push([code, entry]);
}
const lines = [
  '# Error codes',
  '',
  'Each error of the product has a code that never changes: it stands in logs (`error.code`), in JSON answers of services',
  '(`error.code`) and in tests; the message is for people and may. … stands for what varies. This page is written from the',
  'sources: `node tools/check/error-codes.mjs --fix`.',
];
for (const [prefix, entries] of byPrefix) {
  const home = [...new Set(entries.flatMap(([, entry]) => [...entry.rooms]))].map((dir) => `[${dir}](../${dir})`).join(', ');
  lines.push('', `## ${prefix}`, '', home, '', '| code | says |', '|---|---|');
  for (const [code, { messages }] of entries) lines.push(`| \`${code}\` | ${[...messages].slice(0, 4).join('; ')} |`);
}
const text = `${lines.join('\n')}\n`;
if (process.argv.includes('--fix')) {
  writeFileSync(page, text);
  console.log(`${page}: ${codes.size} codes`);
} else {
  let found = '';
  try {
    found = readFileSync(page, 'utf8');
  } catch {
    // Told below.
  }
  if (found === text) console.log(`error codes: ${codes.size}, ${page} is as the sources are`);
  else {
    console.error(`${page} is not as the sources are (mend: node tools/check/error-codes.mjs --fix)`);
    process.exitCode = 1;
  }
}
