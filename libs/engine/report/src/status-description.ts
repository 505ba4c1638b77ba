// The text of a commit status. tide reads the base commit back from its end, so the bytes are part of the contract.
// upstream: pkg/config/githuboauth.go, ContextDescriptionWithBaseSha

/** GitHub's limit, in bytes. */
const maxDescriptionBytes = 140;
const ellipsis = ' ... ';
const baseShaMark = ' BaseSHA:';
/** An em space: three bytes, and wide enough to push the mark out of what GitHub shows of a status. */
const padding = '\u2001';
/** One em space covers about four columns of the gap. */
const gapPerPadding = 4;

/** At most 140 bytes: the text, cut in its middle where it is too long, then padding and ` BaseSHA:<sha>`. */
export function statusDescription(text: string, baseSha: string): string {
  if (baseSha === '') return cutInTheMiddle(text, maxDescriptionBytes);
  const mark = baseShaMark + baseSha;
  const room = maxDescriptionBytes - mark.length;
  const gap = room - Buffer.byteLength(text);
  const filler = gap > 0 ? padding.repeat(Math.ceil(gap / gapPerPadding)) : '';
  // The padding may take more than the gap: then it goes off the text.
  return cutInTheMiddle(text, room - Buffer.byteLength(filler)) + filler + mark;
}

// By bytes, as upstream: a character that is cut becomes U+FFFD, one for each of its bytes that are left.
function cutInTheMiddle(text: string, maxBytes: number): string {
  const bytes = Buffer.from(text);
  if (bytes.length <= maxBytes) return text;
  const half = Math.max(0, Math.floor((maxBytes - ellipsis.length) / 2));
  return decodeByteWise(bytes.subarray(0, half)) + ellipsis + decodeByteWise(bytes.subarray(bytes.length - half));
}

// TextDecoder makes one U+FFFD of several bytes of one broken character; Go makes one of each.
function decodeByteWise(bytes: Buffer): string {
  let start = 0;
  while (start < bytes.length && isContinuation(bytes[start])) start += 1;
  let end = bytes.length;
  let lead = end - 1;
  while (lead >= start && isContinuation(bytes[lead])) lead -= 1;
  if (lead >= start && lead + characterBytes(bytes[lead] ?? 0) > end) end = lead;
  const broken = '\ufffd';
  return broken.repeat(start) + bytes.toString('utf8', start, end) + broken.repeat(bytes.length - end);
}

function isContinuation(byte: number | undefined): boolean {
  return byte !== undefined && (byte & 0xc0) === 0x80;
}

function characterBytes(lead: number): number {
  if (lead >= 0xf0) return 4;
  if (lead >= 0xe0) return 3;
  return lead >= 0xc0 ? 2 : 1;
}
