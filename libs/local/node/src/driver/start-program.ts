// Shell text for the last steps before a container's program runs: what is wrong is said in a container runtime's words,
// on descriptor 9, where the shim keeps it.

/** Defines `_prow_fail MESSAGE`. */
export const failStart = `_prow_fail() { printf 'error %s\\n' "$1" >&9; exit 128; }
`;

/** Goes to `$_prow_workdir` and becomes `$@`, whose first word is `$_prow_program`. */
export const startProgram = `cd "$_prow_workdir" || _prow_fail "chdir to cwd (\\"$_prow_workdir\\") set in config failed: no such directory"
case $_prow_program in
*/*)
  [ -e "$_prow_program" ] || _prow_fail "exec: \\"$_prow_program\\": stat $_prow_program: no such file or directory"
  [ -x "$_prow_program" ] && [ ! -d "$_prow_program" ] || _prow_fail "exec: \\"$_prow_program\\": permission denied"
esac
command -v "$_prow_program" >/dev/null || _prow_fail "exec: \\"$_prow_program\\": executable file not found in \\$PATH"
unset OLDPWD
echo exec >&9
exec "$@" 9>&-
`;
