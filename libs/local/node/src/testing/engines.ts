// Container engines that can really run something here, and small images for them made of this machine's own programs:
// nothing is fetched.
import { copyFile, mkdir, mkdtemp, realpath, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { run, runOrThrow } from '@prow/base-process';
import { removeTree } from '../container/remove-tree.ts';
import { engineCall, lastLine, probeEngine, type EngineCall, type EngineProbe } from '../driver/engine-cli.ts';
import { findTool } from '../driver/host-tools.ts';

export interface TestEngine {
  engine: EngineProbe['engine'];
  call: EngineCall;
}

/** An image's reference, or why it cannot be made here. */
export type TestImage = { reference: string } | { missing: string };

const path = '/bin';
const glibcPrograms = ['sh', 'cat', 'id', 'ls', 'stat', 'sleep', 'env', 'mkdir', 'touch', 'hostname', 'head', 'seq', 'rm', 'dd', 'true'];

/** Those that run a container; a line on standard error says why another cannot. */
export async function workingEngines(asked: readonly TestEngine['engine'][] = ['docker', 'podman']): Promise<TestEngine[]> {
  const found: TestEngine[] = [];
  for (const engine of asked) {
    const probe = await probeEngine(engine).catch((error: unknown) => String(error));
    const why = typeof probe === 'string' ? probe : await cannotRun({ engine, call: engineCall(probe) });
    if (typeof probe !== 'string' && why === undefined) found.push({ engine, call: engineCall(probe) });
    else process.stderr.write(`skipped: ${engine} itself: ${why}\n`);
  }
  return found;
}

async function cannotRun(engine: TestEngine): Promise<string | undefined> {
  const images = new TestImages(engine);
  try {
    const image = await images.glibc();
    if ('missing' in image) return image.missing;
    const tried = await engine.call(['run', '--rm', '--network', 'host', image.reference, 'sh', '-c', ':']);
    return tried.code === 0 ? undefined : `it cannot run a container: ${lastLine(tried.stderr)}`;
  } catch (error) {
    return (error as Error).message;
  } finally {
    await images.remove();
  }
}

export class TestImages {
  private readonly engine: TestEngine;
  private readonly built = new Set<string>();

  constructor(engine: TestEngine) {
    this.engine = engine;
  }

  /** A shell and a few programs with the libraries they are linked with. */
  async glibc(instructions = '', name = 'glibc'): Promise<TestImage> {
    const programs = glibcPrograms.map((program) => findTool(program));
    const absent = glibcPrograms.filter((_, index) => programs[index] === undefined);
    if (absent.length > 0) return { missing: `this machine has no ${absent.join(', ')}` };
    const files = new Map(programs.map((program, index) => [join(path, glibcPrograms[index] ?? ''), program ?? '']));
    const linked = await run({ file: findTool('ldd') ?? 'ldd', args: [...files.values()], env: { PATH: process.env.PATH ?? '' } });
    for (const [, library = ''] of linked.stdout.matchAll(/(?:=> |^\s)(\/\S+) \(0x/gm)) files.set(library, library);
    return this.build(name, files, {}, instructions);
  }

  /** A statically linked busybox, by all its names: no loader, no libc. */
  async busybox(): Promise<TestImage> {
    const busybox = await this.staticBusybox();
    if (typeof busybox !== 'string') return busybox;
    const list = await runOrThrow({ file: busybox, args: ['--list'] });
    const links = Object.fromEntries(list.stdout.trim().split('\n').filter((name) => name !== 'busybox').map((name) => [join(path, name), 'busybox']));
    return this.build('busybox', new Map([[join(path, 'busybox'), busybox]]), links);
  }

  /** One static program, `/echo`, and nothing else: no shell. */
  async bare(): Promise<TestImage> {
    const busybox = await this.staticBusybox();
    return typeof busybox === 'string' ? this.build('bare', new Map([['/echo', busybox]])) : busybox;
  }

  /** One program linked with musl, `/echo`, and musl's loader: no shell. */
  async musl(): Promise<TestImage> {
    const compiler = findTool('musl-gcc');
    if (compiler === undefined) return { missing: 'this machine has no musl-gcc' };
    const dir = await mkdtemp(join(tmpdir(), 'prow-musl-'));
    try {
      await writeFile(join(dir, 'echo.c'), '#include <stdio.h>\nint main(int count, char **words) { for (int i = 1; i < count; i++) printf("%s%c", words[i], i + 1 < count ? 32 : 10); return 0; }\n');
      await runOrThrow({ file: compiler, args: ['-o', join(dir, 'echo'), join(dir, 'echo.c')], env: { PATH: process.env.PATH ?? '' } });
      const linked = await runOrThrow({ file: findTool('readelf') ?? 'readelf', args: ['-l', join(dir, 'echo')] });
      const loader = /interpreter: (\S+)\]/.exec(linked.stdout)?.[1] ?? '';
      return await this.build('musl', new Map([['/echo', join(dir, 'echo')], [loader, loader]]));
    } finally {
      await removeTree(dir);
    }
  }

  /** Files of this machine by their place in the image, links, and more lines of the Dockerfile. */
  async build(name: string, files: ReadonlyMap<string, string>, links: Readonly<Record<string, string>> = {}, instructions = ''): Promise<{ reference: string }> {
    const reference = `localhost/prow-test-${process.pid}/${name}:1`;
    const context = await mkdtemp(join(tmpdir(), 'prow-image-'));
    try {
      for (const [target, source] of files) {
        await mkdir(dirname(join(context, 'root', target)), { recursive: true });
        await copyFile(await realpath(source), join(context, 'root', target));
      }
      for (const [target, to] of Object.entries(links)) await symlink(to, join(context, 'root', target));
      await mkdir(join(context, 'root/tmp'), { recursive: true, mode: 0o1777 });
      await writeFile(join(context, 'Dockerfile'), `FROM scratch\nCOPY root/ /\n${instructions}`);
      const built = await this.engine.call(['build', '--quiet', '--tag', reference, context]);
      if (built.code !== 0) throw new Error(`${this.engine.engine} cannot build an image: ${lastLine(built.stderr)}`);
      this.built.add(reference);
      return { reference };
    } finally {
      await removeTree(context);
    }
  }

  async remove(): Promise<void> {
    if (this.built.size > 0) await this.engine.call(['rmi', '--force', ...this.built]);
  }

  private async staticBusybox(): Promise<string | { missing: string }> {
    const busybox = findTool('busybox');
    if (busybox === undefined) return { missing: 'this machine has no busybox' };
    const linked = await run({ file: findTool('ldd') ?? 'ldd', args: [busybox], env: { PATH: process.env.PATH ?? '' } });
    return linked.code === 0 ? { missing: `${busybox} is not linked statically` } : busybox;
  }
}
