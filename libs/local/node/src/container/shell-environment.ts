// Environment variables as shell text, to be read by `.` right before the program is executed.

/** Names that a shell can export and that mean nothing special to it. */
export function isPlainName(name: string): boolean {
  return /^[A-Za-z_]\w*$/.test(name) && !/^(_|UID|EUID|PPID|IFS|ENV|PS[0-9]|OPT(IND|ARG|ERR)|LINENO|BASH.*|SHELLOPTS|SHLVL|FUNCNAME|GROUPS|DIRSTACK|RANDOM|SECONDS|HISTCMD|PWD|OLDPWD)$/.test(name);
}

/** `export` lines for the variables that a shell can export. */
export function formatEnvironment(env: Readonly<Record<string, string>>): string {
  return Object.entries(env)
    .filter(([name]) => isPlainName(name))
    .map(([name, value]) => `export ${name}=${quote(value)}\n`)
    .join('');
}

/** Puts `env` with all other variables, which a shell would drop or guard, before the words of the command. */
export function formatOddEnvironment(env: Readonly<Record<string, string>>): string {
  const odd = Object.entries(env).filter(([name]) => !isPlainName(name) && name !== '' && !/[=\0]/.test(name));
  return odd.length === 0 ? '' : `set -- /usr/bin/env ${odd.map(([name, value]) => quote(`${name}=${value}`)).join(' ')} "$@"\n`;
}

/** One word to every POSIX shell. */
function quote(text: string): string {
  return `'${text.replaceAll('\0', '').replaceAll("'", "'\\''")}'`;
}
