import type { Bug } from '@prow/clients-services';
import type { Context } from './subject.ts';

/** Text that asks the bug's QA contact for a review, where GitHub knows the address; undefined: nothing to say. */
export async function requestQaReview({ qaContact }: Bug, isAsked: boolean, { github }: Pick<Context, 'github'>): Promise<string | undefined> {
  if (!qaContact.includes('@')) return isAsked ? 'The bug has no QA contact with an address.' : undefined;
  const query = 'query($email: String!) { search(type: USER, query: $email, first: 5) { edges { node { ... on User { login } } } } }';
  const { search } = await github.graphql<{ search: { edges: { node: { login?: string } }[] } }>({ query, variables: { email: qaContact } });
  const logins = search.edges.flatMap(({ node }) => node.login ?? []);
  if (logins.length === 1) return `The QA contact is asked for a review:\n/cc @${logins[0] ?? ''}`;
  if (!isAsked && logins.length === 0) return undefined;
  return logins.length === 0 ? 'Nobody on GitHub shows the address of the QA contact.' : `Several people on GitHub show the address of the QA contact: ${logins.join(', ')}.`;
}
