// References to images. upstream: github.com/distribution/reference
export interface ImageReference {
  /** Without tag and digest: `hub.tess.io/prowimages/e2e`. */
  repository: string;
  tag?: string;
  digest?: string;
  /** The last path element. */
  baseName: string;
}

const component = /^[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*$/;
const host = /^(?:[A-Za-z0-9](?:[-A-Za-z0-9]*[A-Za-z0-9])?(?:\.[A-Za-z0-9](?:[-A-Za-z0-9]*[A-Za-z0-9])?)*|\[[0-9a-fA-F:]+\])(?::\d{1,5})?$/;
const tagShape = /^\w[\w.-]{0,127}$/;
const digestShape = /^[A-Za-z][A-Za-z0-9]*(?:[-_+.][A-Za-z][A-Za-z0-9]*)*:[0-9a-fA-F]{32,}$/;

/** Undefined when it is not a valid reference. */
export function parseImageReference(text: string): ImageReference | undefined {
  if (text.length === 0 || text.length > 1024) return undefined;
  const at = text.indexOf('@');
  const digest = at < 0 ? undefined : text.slice(at + 1);
  if (digest !== undefined && !digestShape.test(digest)) return undefined;
  const named = at < 0 ? text : text.slice(0, at);
  const colon = named.indexOf(':', named.lastIndexOf('/') + 1);
  const tag = colon < 0 ? undefined : named.slice(colon + 1);
  if (tag !== undefined && !tagShape.test(tag)) return undefined;
  const repository = colon < 0 ? named : named.slice(0, colon);
  const parts = repository.split('/');
  const first = parts[0] ?? '';
  const hasHost = parts.length > 1 && (/[.:]/.test(first) || first === 'localhost' || /[A-Z]/.test(first));
  if (hasHost && !host.test(first)) return undefined;
  if (!parts.slice(hasHost ? 1 : 0).every((part) => component.test(part)) || repository.length > 255) return undefined;
  return {
    repository,
    baseName: parts.at(-1) ?? '',
    ...(tag === undefined ? {} : { tag }),
    ...(digest === undefined ? {} : { digest }),
  };
}
