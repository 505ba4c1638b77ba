// Content type and encoding from a file's name. upstream: pkg/pod-utils/gcs/metadata.go

const textType = 'text/plain; charset=utf-8';
const types: Readonly<Record<string, string>> = {
  txt: textType, log: textType, out: textType, yaml: textType, yml: textType, md: textType, sh: textType, cfg: textType, conf: textType, ini: textType,
  csv: 'text/csv; charset=utf-8', html: 'text/html; charset=utf-8', htm: 'text/html; charset=utf-8', css: 'text/css; charset=utf-8',
  js: 'text/javascript; charset=utf-8', mjs: 'text/javascript; charset=utf-8', xml: 'text/xml; charset=utf-8', json: 'application/json',
  svg: 'image/svg+xml', png: 'image/png', jpg: 'image/jpeg', jpeg: 'image/jpeg', gif: 'image/gif', webp: 'image/webp', avif: 'image/avif',
  pdf: 'application/pdf', wasm: 'application/wasm', tar: 'application/x-tar', zip: 'application/zip', tgz: 'application/gzip',
};

export interface MediaType {
  /** The name without an extension that only says "compressed". */
  name: string;
  contentType?: string;
  contentEncoding?: string;
}

/** @param extra extension → type, wins over what is known */
export function mediaTypeOf(name: string, extra: Readonly<Record<string, string>> = {}): MediaType {
  const { bare, isGzip } = withoutGzip(name);
  const extension = extensionOf(bare);
  const contentType = extension === undefined ? undefined : (lookUp(extra, extension) ?? lookUp(types, extension.toLowerCase()));
  if (contentType !== undefined) return { name: bare, contentType, ...(isGzip ? { contentEncoding: 'gzip' } : {}) };
  return isGzip ? { name: bare, contentType: 'application/gzip' } : { name: bare };
}

function withoutGzip(name: string): { bare: string; isGzip: boolean } {
  const file = name.slice(name.lastIndexOf('/') + 1);
  const ending = /\.(?:gz|gzip)$/.exec(file)?.[0];
  if (ending === undefined) return { bare: name, isGzip: false };
  // A file that is called ".gz" keeps its name.
  return { bare: file.length > ending.length ? name.slice(0, -ending.length) : name, isGzip: true };
}

function extensionOf(name: string): string | undefined {
  const file = name.slice(name.lastIndexOf('/') + 1);
  const dot = file.lastIndexOf('.');
  return dot === -1 ? undefined : file.slice(dot + 1);
}

function lookUp(table: Readonly<Record<string, string>>, extension: string): string | undefined {
  for (const key of [extension, `.${extension}`]) if (Object.hasOwn(table, key)) return table[key];
  return undefined;
}

const sniffBytes = 512;

/** For names that say nothing: text if it looks like text. */
export function sniffType(start: Uint8Array): string {
  for (const byte of start.subarray(0, sniffBytes)) if (byte < 0x20 && byte !== 0x09 && byte !== 0x0a && byte !== 0x0d && byte !== 0x0c && byte !== 0x1b) return 'application/octet-stream';
  return textType;
}

/** Whether a file is to be stored compressed: its extension, or every one (`*`), is listed, and it is not compressed yet. */
export function isCompressed(name: string, fileTypes: readonly string[]): boolean {
  const extension = extensionOf(name)?.toLowerCase();
  if (extension !== undefined && /^(?:gz|gzip|tgz|zip|xz|bz2|zst|7z|png|jpe?g|webp|gif|mp4|webm)$/.test(extension)) return false;
  return fileTypes.some((type) => type === '*' || (extension !== undefined && type.replace(/^\./, '').toLowerCase() === extension));
}
