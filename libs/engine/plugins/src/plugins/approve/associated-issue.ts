import { compileRegex } from '@prow/base-regex';

/** The first issue the description names: `#12`, or a link to an issue of the organisation. */
export function associatedIssue(body: string, org: string): number | undefined {
  const quoted = org.replaceAll(/[^A-Za-z0-9_]/g, (char) => `\\${char}`);
  const match = compileRegex(`(?:${quoted}/[^/]+/issues/|#)(\\d+)`).match(body);
  const number = Number(match?.[1]);
  return Number.isSafeInteger(number) && number > 0 ? number : undefined;
}
