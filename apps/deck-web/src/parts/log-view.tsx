import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import { formatSize, type LogState } from '@prow/model-deck-api';
import { logUrl, openLog } from '../api.ts';
import { messageOf } from '../message-of.ts';
import { isTrouble, LineBuffer, spansOf } from '../view-models/log-lines.ts';
import { Trouble } from './shell.tsx';

const maxLines = 50_000;
const tailBytes = 2 << 20;
/** Lines in the page at once; the rest is a click away. */
const shownLines = 2000;

interface LogText {
  lines: string[];
  /** The number of the first line; undefined when the log's beginning was left out. */
  firstNumber: number | undefined;
  isComplete: boolean;
}

/** Reads a log as it comes: a live one until it ends, a stored one's last part. */
function useLog(runKey: string, log: LogState, onEnd: () => void): { text: LogText; error: string | undefined } {
  const [text, setText] = useState<LogText>({ lines: [], firstNumber: 1, isComplete: false });
  const [error, setError] = useState<string>();
  useEffect(() => {
    const aborter = new AbortController();
    const isCut = !log.isLive && (log.sizeBytes ?? 0) > tailBytes;
    const read = async (): Promise<void> => {
      const response = await openLog(logUrl(runKey, log.path, log.isLive ? { follow: 'true' } : isCut ? { start: String(-tailBytes) } : {}), aborter.signal);
      const buffer = new LineBuffer(maxLines);
      const decoder = new TextDecoder();
      let pending = false;
      const show = (isComplete: boolean): void => setText({ lines: buffer.lines(), firstNumber: isCut ? undefined : buffer.dropped + 1, isComplete });
      const reader = response.body?.getReader();
      for (let part = await reader?.read(); part !== undefined && !part.done; part = await reader?.read()) {
        buffer.append(decoder.decode(part.value, { stream: true }));
        if (pending) continue;
        pending = true;
        setTimeout(() => {
          pending = false;
          if (!aborter.signal.aborted) show(false);
        }, 50);
      }
      show(true);
      if (log.isLive) setTimeout(onEnd, 500);
    };
    read().catch((failure: unknown) => {
      if (aborter.signal.aborted) return;
      if (log.isLive) setTimeout(onEnd, 1000);
      else setError(messageOf(failure));
    });
    return () => aborter.abort();
  }, [runKey, log.path, log.isLive]);
  return { text, error };
}

export function LogView({ runKey, log, onEnd }: { runKey: string; log: LogState; onEnd: () => void }) {
  const { text, error } = useLog(runKey, log, onEnd);
  const [search, setSearch] = useState('');
  const [follows, setFollows] = useState(log.isLive);
  const [all, setAll] = useState(false);
  const bottom = useRef<HTMLDivElement>(null);
  const numbered = useMemo(() => text.lines.map((line, at) => ({ line, at, isTrouble: isTrouble(line) })), [text]);
  const wanted = search === '' ? numbered : numbered.filter(({ line }) => line.toLowerCase().includes(search.toLowerCase()));
  const shown = all ? wanted : wanted.slice(-shownLines);
  const troubles = numbered.filter((line) => line.isTrouble);
  useEffect(() => {
    if (follows && log.isLive) bottom.current?.scrollIntoView({ block: 'nearest' });
  }, [text, follows]);
  const anchor = (at: number): string => `${log.path}:${(text.firstNumber ?? 1) + at}`;
  return (
    <section class="card log">
      <div class="title">
        <h2>{log.container === '' ? 'Log' : `Log of ${log.container}`} <small>{log.isLive ? <span class="live">live</span> : log.sizeBytes !== undefined && formatSize(log.sizeBytes)}</small></h2>
        <input type="search" placeholder="find in log" aria-label="Find in log" value={search} onInput={(event) => setSearch(event.currentTarget.value)} />
        {log.isLive && <label class="inline"><input type="checkbox" checked={follows} onChange={(event) => setFollows(event.currentTarget.checked)} /> follow</label>}
        {!log.isLive && <a href={`/api/run/artifact?key=${encodeURIComponent(runKey)}&path=${encodeURIComponent(log.path)}`}>raw</a>}
      </div>
      <Trouble message={error} />
      {troubles.length > 0 && search === '' && <p class="jumps">{troubles.length} {troubles.length === 1 ? 'line tells' : 'lines tell'} of trouble: {troubles.slice(0, 8).map(({ at }) => <a key={at} href={`#${anchor(at)}`}>{text.firstNumber === undefined ? `…${at + 1}` : text.firstNumber + at}</a>)}</p>}
      {text.firstNumber === undefined && <p class="quiet">Only the last {formatSize(tailBytes)} are shown; the raw log has all.</p>}
      {wanted.length > shown.length && <p><button type="button" onClick={() => setAll(true)}>Show {wanted.length - shown.length} earlier lines</button></p>}
      <div class="lines" role="log" tabIndex={0}>
        {shown.map(({ line, at, isTrouble: isBad }) => (
          <div key={at} id={anchor(at)} class={isBad ? 'line bad' : 'line'}>
            <a class="number" href={`#${anchor(at)}`}>{text.firstNumber === undefined ? '·' : text.firstNumber + at}</a>
            <span>{spansOf(line).map((span, index) => (span.classes === '' ? span.text : <span key={index} class={span.classes}>{span.text}</span>))}</span>
          </div>
        ))}
        {shown.length === 0 && <p class="quiet">{search !== '' ? 'No line has that.' : text.isComplete ? 'The log is empty.' : 'Waiting for the first line…'}</p>}
        <div ref={bottom} />
      </div>
    </section>
  );
}
