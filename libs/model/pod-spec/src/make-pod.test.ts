// What the goldens do not have: other ways to clone, secrets, several containers, resources, local output.
import { describe, expect, test } from '@jest/globals';
import type { Container, Pod } from '@prow/model-kube-types';
import type { DecorationConfig, ProwJob, ProwJobSpec } from '@prow/model-prowjob';
import { clonePath, makePod } from './index.ts';

const utility_images = { clonerefs: 'c', initupload: 'i', entrypoint: 'e', sidecar: 's' };
const gcs_configuration = { bucket: 'b', path_strategy: 'explicit' };

function prowJob(config: Partial<DecorationConfig> | undefined, spec: Partial<ProwJobSpec> = {}): ProwJob {
  return {
    apiVersion: 'prow.k8s.io/v1', kind: 'ProwJob', metadata: { name: 'pod', labels: { own: 'label' } }, status: {},
    spec: {
      type: 'postsubmit', agent: 'kubernetes', job: 'unit', refs: { org: 'o', repo: 'r', base_ref: 'main' }, pod_spec: { containers: [{ name: 'x', image: 'img', command: ['run'], args: ['--fast'] }] },
      ...(config === undefined ? {} : { decoration_config: { utility_images, gcs_configuration, ...config } }), ...spec,
    },
  };
}

const container = (pod: Pod, name: string): Container => [...(pod.spec.initContainers ?? []), ...pod.spec.containers].find((each) => each.name === name) ?? { name: 'absent' };
const options = (pod: Pod, name: string, variable: string): Record<string, unknown> => JSON.parse(container(pod, name).env?.find((each) => each.name === variable)?.value ?? '{}') as Record<string, unknown>;

describe('cloning', () => {
  test('keys, cookies, tokens: a volume, a mount and an option each', () => {
    const pod = makePod(prowJob({ ssh_key_secrets: ['k1', 'k2'], ssh_host_fingerprints: ['h'], cookiefile_secret: 'cookies/jar', oauth_token_secret: { name: 'oauth', key: 'token' }, github_app_id: '7', github_app_private_key_secret: { name: 'app', key: 'pem' }, github_api_endpoints: ['https://a'] }), '1');
    const clonerefs = container(pod, 'clonerefs');
    expect(clonerefs.args).toEqual(['--cookiefile=/secrets/cookiefile/jar']);
    expect(clonerefs.volumeMounts?.map(({ name, mountPath, readOnly }) => `${name} ${mountPath} ${readOnly ?? false}`)).toEqual([
      'logs /logs false', 'code /home/prow/go false', 'ssh-keys-k1 /secrets/ssh/k1 true', 'ssh-keys-k2 /secrets/ssh/k2 true', 'oauth /secrets/oauth true', 'app /secrets/github-app true', 'clonerefs-tmp /tmp false', 'cookiefile /secrets/cookiefile true',
    ]);
    expect(options(pod, 'clonerefs', 'CLONEREFS_OPTIONS')).toMatchObject({ key_files: ['/secrets/ssh/k1', '/secrets/ssh/k2'], oauth_token_file: '/secrets/oauth/token', host_fingerprints: ['h'], cookie_path: '/secrets/cookiefile/jar', github_api_endpoints: ['https://a'], github_app_id: '7', github_app_private_key_file: '/secrets/github-app/pem' });
    expect(pod.spec.volumes?.map(({ name }) => name)).toEqual(['logs', 'tools', 'ssh-keys-k1', 'ssh-keys-k2', 'oauth', 'app', 'clonerefs-tmp', 'cookiefile', 'code']);
    expect(pod.spec.volumes?.find(({ name }) => name === 'cookiefile')?.secret).toEqual({ secretName: 'cookies', defaultMode: 0o400 });
    expect(pod.spec.volumes?.find(({ name }) => name === 'oauth')?.secret).toEqual({ secretName: 'oauth', items: [{ key: 'token', path: './token' }] });
  });

  test('skip_cloning, or nothing to clone: no clonerefs, no code, no working directory', () => {
    for (const pod of [makePod(prowJob({ skip_cloning: true }), '1'), makePod(prowJob({}, { type: 'periodic', refs: undefined as never }), '1')]) {
      expect(pod.spec.initContainers?.map(({ name }) => name)).toEqual(['initupload', 'place-entrypoint']);
      expect(container(pod, 'initupload').volumeMounts).toBeUndefined();
      expect(container(pod, 'test').workingDir).toBeUndefined();
      expect(options(pod, 'initupload', 'INITUPLOAD_OPTIONS')['log']).toBeUndefined();
    }
  });

  test('the working directory is that of the ref which asks for it', () => {
    const pod = makePod(prowJob({}, { extra_refs: [{ org: 'a', repo: 'b', base_ref: 'm', workdir: true, path_alias: 'k8s.io/b' }] }), '1');
    expect(container(pod, 'test').workingDir).toBe('/home/prow/go/src/k8s.io/b');
    expect(clonePath('/go', { org: 'o', repo: 'r', repo_link: 'https://ghe.example.org/o/r' })).toBe('/go/src/ghe.example.org/o/r');
  });
});

describe('tests', () => {
  test('several keep their names, each with files of its own', () => {
    const pod = makePod(prowJob({}, { pod_spec: { containers: [{ name: 'one', command: ['a'] }, { name: 'two', args: ['b'] }], initContainers: [{ name: 'mine', restartPolicy: 'Always' }] } }), '1');
    expect(pod.spec.initContainers?.map(({ name }) => name)).toEqual(['clonerefs', 'mine', 'initupload', 'place-entrypoint']);
    expect(pod.spec.containers.map(({ name }) => name)).toEqual(['one', 'two', 'sidecar']);
    expect(options(pod, 'two', 'ENTRYPOINT_OPTIONS')).toEqual({ timeout: 0, grace_period: 0, artifact_dir: '/logs/artifacts', args: ['b'], container_name: 'two', process_log: '/logs/two-log.txt', marker_file: '/logs/two-marker.txt', metadata_file: '/logs/artifacts/two-metadata.json' });
    expect((options(pod, 'sidecar', 'SIDECAR_OPTIONS')['entries'] as unknown[]).length).toBe(2);
  });

  test('memory, users, tolerations, service account: the configuration fills what the job leaves open', () => {
    const config = { default_memory_request: '1Gi', set_limit_equals_memory_request: true, run_as_user: 0, run_as_group: 5, fs_group: 6, default_service_account_name: 'sa', grace_period: '10s', scheduling_options: { tolerations: [{ key: 't' }] } };
    const { spec } = makePod(prowJob(config), '1');
    expect(spec.containers[0]?.resources).toEqual({ requests: { memory: '1Gi' }, limits: { memory: '1Gi' } });
    expect([spec.securityContext, spec.serviceAccountName, spec.terminationGracePeriodSeconds, spec.tolerations, spec.automountServiceAccountToken]).toEqual([{ runAsUser: 0, runAsGroup: 5, fsGroup: 6 }, 'sa', 12, [{ key: 't' }], false]);
    const own = makePod(prowJob(config, { pod_spec: { containers: [{ name: '', resources: { requests: { memory: '2Gi' } } }], securityContext: { runAsUser: 9 }, serviceAccountName: 'mine', terminationGracePeriodSeconds: 1, tolerations: [] } }), '1').spec;
    expect(own.containers[0]?.resources).toEqual({ requests: { memory: '2Gi' }, limits: { memory: '2Gi' } });
    expect([own.securityContext?.runAsUser, own.serviceAccountName, own.terminationGracePeriodSeconds, own.tolerations, own.automountServiceAccountToken]).toEqual([9, 'mine', 1, [], undefined]);
  });

  test('with censor_secrets, sidecar sees the tests\' secrets', () => {
    const pod_spec = { volumes: [{ name: 'token', secret: { secretName: 't' } }, { name: 'data', emptyDir: {} }], containers: [{ name: '', volumeMounts: [{ name: 'token', mountPath: '/etc/token' }, { name: 'data', mountPath: '/data' }] }] };
    const censoring_options = { censoring_concurrency: 2, minimum_secret_length: 0, include_directories: ['a'] };
    const pod = makePod(prowJob({ censor_secrets: true, censoring_options, upload_ignores_interrupts: true, s3_credentials_secret: 's3', gcs_credentials_secret: '' }, { pod_spec }), '1');
    expect(container(pod, 'sidecar').volumeMounts?.map(({ mountPath }) => mountPath)).toEqual(['/logs', '/secrets/s3-storage', '/etc/token']);
    expect(options(pod, 'sidecar', 'SIDECAR_OPTIONS')).toMatchObject({ ignore_interrupts: true, gcs_options: { s3_credentials_file: '/secrets/s3-storage/service-account.json' }, censoring_options: { secret_directories: ['/etc/token'], ...censoring_options } });
    expect(container(makePod(prowJob({}, { pod_spec }), '1'), 'sidecar').volumeMounts?.map(({ mountPath }) => mountPath)).toEqual(['/logs']);
  });

  test('without decoration only the environment is added', () => {
    const pod = makePod(prowJob(undefined), '17');
    expect(pod.spec.containers.length).toBe(1);
    expect(pod.spec.containers[0]).toMatchObject({ name: 'test', command: ['run'], args: ['--fast'], terminationMessagePolicy: 'FallbackToLogsOnError' });
    expect(pod.spec.containers[0]?.env?.map(({ name }) => name)).toEqual(['BUILD_ID', 'BUILD_NUMBER', 'CI', 'JOB_NAME', 'JOB_SPEC', 'JOB_TYPE', 'PROW_JOB_ID', 'PULL_BASE_REF', 'PULL_BASE_SHA', 'PULL_REFS', 'REPO_NAME', 'REPO_OWNER', 'SRC_BASE', 'SRC_HOST']);
  });
});

test('a local output folder takes the place of storage', () => {
  const pod = makePod(prowJob({ gcs_credentials_secret: 'g' }), '1', { outputDirectory: '/somewhere' });
  expect(pod.spec.volumes).toContainEqual({ name: 'output', hostPath: { path: '/somewhere' } });
  expect(options(pod, 'sidecar', 'SIDECAR_OPTIONS')['gcs_options']).toMatchObject({ local_output_dir: '/output' });
  expect(pod.spec.volumes?.map(({ name }) => name)).not.toContain('gcs-credentials');
});

test('option JSON is Go\'s: order, escapes, durations', () => {
  const pod = makePod(prowJob({ timeout: '90m', grace_period: '1500ms' }, { refs: { repo: 'r', org: 'a<b>&c', base_ref: 'main', pulls: [], clone_depth: 0, blobless_fetch: false } }), '1');
  const jobSpec = container(pod, 'test').env?.find(({ name }) => name === 'JOB_SPEC')?.value ?? '';
  expect(jobSpec).toContain(String.raw`"refs":{"org":"a\u003cb\u003e\u0026c","repo":"r","base_ref":"main","blobless_fetch":false}`);
  expect(jobSpec).toContain('"decoration_config":{"timeout":"1h30m0s","grace_period":"1.5s","utility_images"');
  expect(options(pod, 'test', 'ENTRYPOINT_OPTIONS')).toMatchObject({ timeout: 5_400_000_000_000, grace_period: 1_500_000_000 });
});

test('what cannot be a pod is refused', () => {
  expect(() => makePod(prowJob({}, { pod_spec: undefined as never }), '1')).toThrow(/has no pod_spec/);
  expect(() => makePod(prowJob({}, { refs: undefined as never }), '1')).toThrow(/a postsubmit needs refs/);
  expect(() => makePod(prowJob({ utility_images: undefined as never }), '1')).toThrow(/utility_images is missing/);
});

test('neither the ProwJob nor its parts are shared or changed', () => {
  const job = prowJob({ scheduling_options: { tolerations: [{ key: 't' }] } });
  const before = JSON.stringify(job);
  const pod = makePod(job, '1');
  for (const toleration of pod.spec.tolerations ?? []) toleration.key = 'changed';
  pod.spec.containers[0]?.env?.push({ name: 'X' });
  expect(JSON.stringify(job)).toBe(before);
});
