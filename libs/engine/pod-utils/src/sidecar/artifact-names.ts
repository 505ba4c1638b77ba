// What an entry of a folder of artifacts is called in storage: no two alike, or one artifact would silently replace another.
// Names are upstream's (`#` is written `%23`, an ending that only says "compressed" goes) wherever that is possible.

const gzipEnding = /\.(?:gz|gzip)$/;
/** In a name that is escaped anyway: what would read as one of our escapes. */
const likeEscapes = /%(?=23|0A|0D|00|[0-9a-f]{2})/g;

/** Bytes that are no text are written as %xx. */
export function readable(entry: Buffer): string {
  return isText(entry) ? entry.toString('utf8') : entry.toString('latin1').replaceAll(/[^\u0020-\u007E]/g, lowerEscape);
}

/** @param has whether the entry's folder has an entry of that name */
export function storedName(entry: Buffer, isFolder: boolean, has: (sibling: Buffer) => boolean): string {
  const bare = isFolder ? entry : withoutGzip(entry, has);
  let name = escaped(bare);
  // Escaped names differ from each other; one may be what another entry is really called. Longer than any entry's name in the end.
  if (!Buffer.from(name).equals(bare)) while (['', '.gz', '.gzip'].some((ending) => has(Buffer.from(name + ending)))) name = name.replaceAll('%', '%25');
  return name;
}

function withoutGzip(entry: Buffer, has: (sibling: Buffer) => boolean): Buffer {
  const [ending] = gzipEnding.exec(entry.toString('latin1')) ?? [];
  if (ending === undefined || entry.length === ending.length) return entry;
  const bare = entry.subarray(0, -ending.length);
  const isTaken = has(bare) || (ending === '.gzip' && has(Buffer.concat([bare, Buffer.from('.gz')])));
  return isTaken ? entry : bare;
}

/** GCS refuses line ends, `#` is not safe in addresses. */
function escaped(entry: Buffer): string {
  if (!isText(entry)) return entry.toString('latin1').replaceAll(likeEscapes, '%25').replaceAll(/[^\u0020-\u007E]/g, lowerEscape).replaceAll('#', '%23');
  const text = entry.toString('utf8');
  return /[#\r\n]/.test(text) ? text.replaceAll(likeEscapes, '%25').replaceAll('#', '%23').replaceAll('\n', '%0A').replaceAll('\r', '%0D') : text;
}

function lowerEscape(byte: string): string {
  return `%${byte.charCodeAt(0).toString(16).padStart(2, '0')}`;
}

function isText(entry: Buffer): boolean {
  return Buffer.from(entry.toString('utf8')).equals(entry);
}
