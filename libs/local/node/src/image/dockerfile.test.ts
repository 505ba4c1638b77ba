import { describe, expect, test } from '@jest/globals';
import { parseDockerfile } from './dockerfile.ts';
import { matchesWildcard } from './image-folders.ts';
import { parseImageReference } from './reference.ts';

const parse = (text: string): ReturnType<typeof parseDockerfile> => parseDockerfile(text, 'Dockerfile', () => ({ env: { BASE: 'b' }, workingDir: '/', cmd: ['old'] }));

describe('Dockerfiles', () => {
  test('tell env, directory, command and copies', () => {
    const { from, config, copies, ignored } = parse(`# syntax=docker/dockerfile:1
ARG TAG=latest
FROM --platform=linux/amd64 registry/x:\${TAG} AS final
ENV A=1 B="two words" C=\${A}\${BASE:-x}
ENV D four
RUN apt-get update \\
 # a comment
 && apt-get install -y jq
WORKDIR /a
WORKDIR b
COPY --chmod=755 --chown=1:1 one.sh "two three.sh" bin/
COPY ["x y", "/z"]
ENTRYPOINT ["/run.sh"]
CMD echo $HOME
USER 1000:1000
`);
    expect(from).toBe('registry/x:latest');
    expect(config).toEqual({ env: { BASE: 'b', A: '1', B: 'two words', C: 'b', D: 'four' }, workingDir: '/a/b', entrypoint: ['/run.sh'], cmd: ['/bin/sh', '-c', 'echo $HOME'], user: '1000:1000' });
    expect(copies).toEqual([
      { sources: ['one.sh', 'two three.sh'], destination: '/a/b/bin/', mode: 0o755, line: 11 },
      { sources: ['x y'], destination: '/z', line: 12 },
    ]);
    expect(ignored).toEqual(['line 6: RUN']);
  });

  test('of several stages, the last counts; an entrypoint resets the base\'s cmd', () => {
    expect(parse('FROM a AS build\nENV X=1\nRUN make\nFROM b\nCOPY --from=build /out /out\nENTRYPOINT ["e"]\n')).toEqual({
      from: 'b', copies: [], config: { env: { BASE: 'b' }, workingDir: '/', entrypoint: ['e'] }, ignored: ['line 5: COPY from elsewhere'],
    });
    expect(parse('FROM a AS build\nENV X=1\nFROM build\n').config.env).toEqual({ BASE: 'b', X: '1' });
  });

  test('here-documents are skipped', () => {
    expect(parse('FROM a\nRUN <<EOF\nENV X=1\nEOF\nENV Y=2\n').config.env).toEqual({ BASE: 'b', Y: '2' });
  });

  test.each([
    ['', 'Dockerfile:1: expected a FROM'],
    ['RUN x', 'Dockerfile:1: expected FROM first, found RUN'],
    ['FROM a\nNOPE x', 'Dockerfile:2: unknown instruction "NOPE"'],
    ['FROM a\nCOPY x', 'Dockerfile:2: COPY needs'],
  ])('%j is refused: %s', (text, message) => {
    expect(() => parse(text)).toThrow(message);
  });
});

test.each([
  ['alpine', 'alpine', undefined], ['a.b:5000/c/d:v1', 'a.b:5000/c/d', 'v1'], ['localhost/x', 'localhost/x', undefined],
  ['x@sha256:' + '0'.repeat(64), 'x', undefined], ['us-docker.pkg.dev/k8s-infra-prow/images/clonerefs:v1', 'us-docker.pkg.dev/k8s-infra-prow/images/clonerefs', 'v1'],
])('%s is a reference', (text, repository, tag) => {
  expect(parseImageReference(text)).toMatchObject({ repository, ...(tag === undefined ? {} : { tag }) });
});

test.each(['', 'A', 'a b', 'a:', 'a/', '/a', 'a@sha256:1', 'a:b:c', 'x/../y', `a:${'t'.repeat(200)}`])('%j is no reference', (text) => {
  expect(parseImageReference(text)).toBeUndefined();
});

test.each([
  ['a.sh', '*.sh', true], ['a.sh', '*', true], ['a.sh', '?.sh', true], ['ab.sh', '?.sh', false], ['a', '*.sh', false], ['aXbXc', 'a*b*c', true], ['', '*', true],
  ['a'.repeat(5000), `${'*a'.repeat(200)}b`, false],
])('%s and %s: %s', (name, pattern, expected) => {
  expect(matchesWildcard(name, pattern)).toBe(expected);
});
