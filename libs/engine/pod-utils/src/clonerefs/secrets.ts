/** Takes secrets out of texts that are shown: commands, their output, errors. */
export class SecretFilter {
  readonly #secrets = new Set<string>();

  add(...secrets: readonly string[]): void {
    for (const secret of secrets) {
      if (secret.length < 4) continue;
      for (const form of [secret, encodeURIComponent(secret), Buffer.from(secret).toString('base64')]) this.#secrets.add(form);
    }
  }

  hide(text: string): string {
    let hidden = text;
    // Longer ones first: one may hold another.
    for (const secret of [...this.#secrets].toSorted((a, b) => b.length - a.length)) hidden = hidden.replaceAll(secret, 'CENSORED');
    // User and password in an address that came with the configuration.
    return hidden.replace(/(\b[a-z][a-z0-9+.-]*:\/\/)[^/\s:@]*:[^/\s@]+@/gi, '$1CENSORED@');
  }
}
