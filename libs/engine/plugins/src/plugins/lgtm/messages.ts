const removedStart = 'New changes are detected.';

export function removedMessage(): string {
  return `${removedStart} The LGTM of the state before has been taken off.`;
}

/** Finds what upstream's bot wrote, too. */
export function isRemovedMessage(body: string): boolean {
  return body.startsWith(removedStart);
}

/** In the words that upstream's bot and other tools look for. */
export function treeHashMessage(treeSha: string): string {
  return `LGTM label has been added.  <details>Git tree hash: ${treeSha}</details>`;
}

export function treeHashIn(body: string): string | undefined {
  return /LGTM label has been added\. {1,2}<details>Git tree hash: ([0-9a-f]{40,64})<\/details>/.exec(body)?.[1];
}
