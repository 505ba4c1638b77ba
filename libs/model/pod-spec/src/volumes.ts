// Volumes of a decorated pod and where its containers see them. upstream: pkg/pod-utils/decorate/podspec.go
import type { Volume, VolumeMount } from '@prow/model-kube-types';

export const logMount: VolumeMount = { name: 'logs', mountPath: '/logs' };
export const toolsMount: VolumeMount = { name: 'tools', mountPath: '/tools' };
export const codeMount: VolumeMount = { name: 'code', mountPath: '/home/prow/go' };
export const outputMount: VolumeMount = { name: 'output', mountPath: '/output' };
export const artifactsDirectory = `${logMount.mountPath}/artifacts`;
export const entrypointPath = `${toolsMount.mountPath}/entrypoint`;
export const cloneLogPath = `${logMount.mountPath}/clone.json`;

/** Secrets and temporary folders are read by their owner only. */
const ownerReadOnly = 0o400;

export interface MountedVolume {
  volume: Volume;
  mount: VolumeMount;
}

export function emptyDirectory(name: string): Volume {
  return { name, emptyDir: {} };
}

export const cloneTmp: MountedVolume = { volume: emptyDirectory('clonerefs-tmp'), mount: { name: 'clonerefs-tmp', mountPath: '/tmp' } };

/** One key of a secret, mounted as a file of that name. */
export function secretKeyVolume(secret: { name?: string; key?: string }, mountPath: string): MountedVolume & { file: string } {
  const { name = '', key = '' } = secret;
  return {
    volume: { name, secret: { secretName: name, items: [{ key, path: `./${key}` }] } },
    mount: { name, mountPath, readOnly: true },
    file: key === '' ? mountPath : `${mountPath}/${key}`,
  };
}

export function sshKeyVolume(secret: string): MountedVolume {
  const name = `ssh-keys-${secret}`;
  return { volume: { name, secret: { secretName: secret, defaultMode: ownerReadOnly } }, mount: { name, mountPath: `/secrets/ssh/${secret}`, readOnly: true } };
}

/** `secret[/key]`, where the key's default is the secret's name. */
export function cookieFileVolume(secret: string): MountedVolume & { file: string } {
  const slash = secret.indexOf('/');
  const secretName = slash === -1 ? secret : secret.slice(0, slash);
  const key = slash === -1 ? secret : secret.slice(slash + 1);
  const name = 'cookiefile';
  const mountPath = '/secrets/cookiefile';
  return { volume: { name, secret: { secretName, defaultMode: ownerReadOnly } }, mount: { name, mountPath, readOnly: true }, file: `${mountPath}/${key}` };
}

/** A storage's credentials, always in the file `service-account.json`. */
export function credentialsVolume(name: string, secretName: string, mountPath: string): MountedVolume & { file: string } {
  return { volume: { name, secret: { secretName } }, mount: { name, mountPath }, file: `${mountPath}/service-account.json` };
}
