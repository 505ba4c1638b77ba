// The shim: what keeps a container running and writes down its end while no node looks.
//
// A shell, because it is on every machine and weighs a megabyte where Node weighs forty. It is a constant; all that
// varies comes as arguments. In the attempt's folder it leaves
//   claim     its own /proc/PID/stat (without /proc: its pid and the time of its start), created exclusively: of any number of shims for one folder exactly one runs
//   main      the same of the container's first process (without /proc: the shim's)
//   progress  from file descriptor 9 of the launched program: `exec` when all is set up, `error …` when it cannot be
//   log       standard output and error, in order, through a pipe (a file would be cut by those who reopen /dev/stderr)
//   exit      the exit code and a newline; 128 + signal for signals. Written last, when the log is whole.
// It reads `env`, the container's variables as shell text, into the container's first process only: its own environment
// is empty, so that those who find a container's processes by their environment do not end the shim with them.
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Launch } from '../driver/driver.ts';
import type { SpawnThread } from './spawn-thread.ts';
import { recordFailedStart } from './attempt.ts';
import { formatEnvironment } from './shell-environment.ts';

const script = `
dir=$1 cat=$2 cgroup=$3 ends_session=$4 cwd=$5
shift 5
umask 022
if [ -r /proc/$$/stat ]; then read -r stat < /proc/$$/stat; else stat="$$ $(ps -o lstart= -p $$)"; fi
set -C
{ printf '%s\\n' "$stat" > "$dir/claim"; } 2>/dev/null || exit 0
set +C
{
  # What this shell itself has to say ("Killed") is none of the container's output.
  exec 3>&1 2> /dev/null
  (
    exec 2>&3 3>&-
    if [ -r /proc/self/stat ]; then read -r stat < /proc/self/stat; fi
    printf '%s\\n' "$stat" > "$dir/main"
    if [ -n "$cgroup" ]; then echo 0 > "$cgroup/cgroup.procs"; fi
    exec 9> "$dir/progress"
    if [ -n "$cwd" ]; then cd "$cwd"; fi
    . "$dir/env"
    # Only reached when the kernel refuses what it was given: the program itself was found before.
    trap 'echo "error exec: argument list too long: the arguments and the environment together are more than the kernel takes" >&9' EXIT
    exec "$@"
  )
  code=$?
  printf '%s\\n' "$code" > "$dir/code"
  if [ "$ends_session" = 1 ]; then
    read -r pid rest < "$dir/main"
    kill -s KILL -- "-$pid" 2>/dev/null
  fi
} < /dev/null | "$cat" >> "$dir/log"
read -r code < "$dir/code" && printf '%s\\n' "$code" > "$dir/exit"
`;

export interface ShimTools {
  sh: string;
  cat: string;
  spawner: SpawnThread;
}

/**
 * Starts a shim in a session of its own. `onExit` is called when it has ended. Rejects when it cannot be started now;
 * what the kernel will never take is left as an attempt that could not be started.
 */
export async function startShim(tools: ShimTools, directory: string, launch: Launch, onExit: () => void): Promise<void> {
  await writeFile(join(directory, 'env'), formatEnvironment(launch.env), { mode: 0o600 });
  const args = ['-c', script, 'prow-shim', directory, tools.cat, launch.cgroup ?? '', launch.endsSession ? '1' : '0', launch.cwd ?? '', launch.file, ...launch.args];
  try {
    await tools.spawner.spawn({ file: tools.sh, args }, onExit);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'E2BIG') throw error;
    await recordFailedStart(directory, 'exec: argument list too long: one argument of the container is more than the kernel takes (128 KiB), or all together are');
    onExit();
  }
}
