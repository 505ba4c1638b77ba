const names: Record<string, string> = { triggered: 'waiting', pending: 'running', success: 'passed', failure: 'failed', aborted: 'aborted', error: 'error', scheduling: 'scheduling' };
const signs: Record<string, string> = { triggered: '◌', scheduling: '◌', pending: '●', success: '✓', failure: '✗', aborted: '⊘', error: '!' };

export function stateName(state: string): string {
  return names[state] ?? state;
}

/** A state as sign and word, so that colour is not all that tells. */
export function State({ state, title }: { state: string; title?: string }) {
  return (
    <span class={`state state-${state}`} title={title ?? state}>
      <span aria-hidden="true" class="sign">{signs[state] ?? '?'}</span>
      {stateName(state)}
    </span>
  );
}
