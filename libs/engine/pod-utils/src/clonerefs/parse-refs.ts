// The form of --repo: `org,repo=base_ref[:base_sha][,number[:sha[:ref]]]…`. upstream: pkg/clonerefs/parse.go
import { ProwError } from '@prow/base-errors';
import type { Refs } from '@prow/model-prowjob';

/** @param aliases `org,repo=path` each; @param prefixes `org=uri` or `org,repo=uri` each */
export function parseRefs(text: string, { aliases, prefixes }: { aliases: readonly string[]; prefixes: readonly string[] }): Refs {
  const refuse = (expected: string): ProwError => new ProwError('PROW_POD_UTILS_FLAG', `flag --repo: found ${JSON.stringify(text)}, expected ${expected}`);
  const [name, rest] = splitOnce(text, '=');
  const [org = '', repo = ''] = name.split(',');
  if (org === '' || repo === '' || rest === undefined) throw refuse('org,repo=base_ref[:base_sha][,number[:sha[:ref]]]…');
  const [base = '', ...pullTexts] = rest.split(',');
  const [baseRef, baseSha] = splitOnce(base, ':');
  const pulls = pullTexts.map((pull) => {
    const [number = '', pullSha = '', ...ref] = pull.split(':');
    if (!/^\d{1,12}$/.test(number)) throw refuse(`a number for the pull ${JSON.stringify(pull)}`);
    return { number: Number(number), author: '', sha: pullSha, ...(ref.length > 0 ? { ref: ref.join(':') } : {}) };
  });
  const alias = valueFor(aliases, `${org},${repo}`);
  const uri = valueFor(prefixes, `${org},${repo}`) ?? valueFor(prefixes, org);
  return {
    org, repo, base_ref: baseRef,
    ...(baseSha === undefined ? {} : { base_sha: baseSha }),
    ...(pulls.length > 0 ? { pulls } : {}),
    ...(alias === undefined ? {} : { path_alias: alias }),
    ...(uri === undefined ? {} : { clone_uri: `${uri}/${org}/${repo}` }),
  };
}

function splitOnce(text: string, separator: string): [string, string | undefined] {
  const at = text.indexOf(separator);
  return at === -1 ? [text, undefined] : [text.slice(0, at), text.slice(at + 1)];
}

function valueFor(pairs: readonly string[], key: string): string | undefined {
  return pairs.map((pair) => splitOnce(pair, '=')).find(([found]) => found === key)?.[1];
}
