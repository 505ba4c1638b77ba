import { CommandRegex } from '../../command-regex.ts';

const command = new CommandRegex('(?m)^(?:/cherrypick|/cherry-pick)\\s+(.+)$');
const labelPrefix = 'cherrypick/';
const maxBranches = 20;

/** Branches a text asks to pick to, in order: `/cherry-pick release-1 release-2`. */
export function branchesAskedFor(text: string): string[] {
  const words = command.matchAll(text, maxBranches).flatMap(({ groups }) => (groups[1] ?? '').trim().split(/\s+/));
  return [...new Set(words.filter(isBranchName))].slice(0, maxBranches);
}

/** `cherrypick/release-1` asks for release-1. */
export function branchesOfLabels(labels: readonly string[]): string[] {
  return labels.filter((label) => label.startsWith(labelPrefix)).map((label) => label.slice(labelPrefix.length)).filter(isBranchName);
}

/** What git accepts as a branch, and nothing that could be an option. */
function isBranchName(name: string): boolean {
  return /^[A-Za-z0-9_][A-Za-z0-9_./+-]{0,200}$/.test(name) && !name.includes('..') && !name.endsWith('/') && !name.endsWith('.lock') && !name.includes('//');
}
