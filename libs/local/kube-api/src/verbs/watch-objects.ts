// WATCH: a cursor into the window of changes. Nothing is queued per watcher: a slow one lags behind, and one whose
// place has left the window is told 410 and dropped. upstream: apiserver/pkg/endpoints/handlers/watch.go
import type { ServerResponse } from 'node:http';
import type { Timer } from '@prow/base-time';
import type { Core } from '../core.ts';
import { isTrue } from '../http/request-info.ts';
import { forbiddenField } from '../schema/field-error.ts';
import { expired, invalidOptions, StatusError } from '../status-error.ts';
import type { Change, StoredVersion } from '../storage/change.ts';
import { parseResourceVersion, tooLargeResourceVersion, wholeNumber } from './list-objects.ts';
import type { Selection } from './selection.ts';

/** Text of one event's object; made once per form and version, whoever watches. */
export type EventText = (version: StoredVersion, type: string) => Buffer;

/** Bytes that may wait in a watcher's socket before its cursor stops. */
const highWaterBytes = 256 * 1024;
const bookmarkEveryMs = 60_000;
const defaultTimeoutMs = 30 * 60_000;
const initialEventsEnd = 'k8s.io/initial-events-end';

export interface WatchRequest {
  core: Core;
  selection: Selection;
  query: URLSearchParams;
  response: ServerResponse;
  eventText: EventText;
  /** A bookmark's object, with these annotations. */
  bookmarkText: (revision: number, annotations?: Record<string, string>) => Buffer;
}

/** Throws before the first byte for what is wrong with the request; afterwards errors are events. */
export function watchObjects(request: WatchRequest): Watcher {
  const { core, query } = request;
  const wanted = parseResourceVersion(query.get('resourceVersion'));
  const sendInitial = query.get('sendInitialEvents');
  const match = query.get('resourceVersionMatch') ?? '';
  if (sendInitial !== null && match !== 'NotOlderThan') throw invalidOptions('ListOptions', forbiddenField('resourceVersionMatch', 'sendInitialEvents requires setting resourceVersionMatch to NotOlderThan'));
  if (sendInitial === null && match !== '') throw invalidOptions('ListOptions', forbiddenField('resourceVersionMatch', 'resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided'));
  const timeoutMs = (wholeNumber(query.get('timeoutSeconds'), 'timeoutSeconds') ?? 0) * 1000 || defaultTimeoutMs * (1 + Math.random());
  const withInitialEvents = sendInitial === null ? wanted === undefined || wanted === 0 : isTrue(sendInitial);
  if (sendInitial !== null && wanted !== undefined && wanted > core.store.revision) throw tooLargeResourceVersion(wanted, core.store.revision);
  const watcher = new Watcher(request, {
    from: wanted === undefined || withInitialEvents ? core.store.revision : wanted,
    isBookmarking: isTrue(query.get('allowWatchBookmarks')),
    marksInitialEnd: sendInitial !== null && withInitialEvents && isTrue(query.get('allowWatchBookmarks')),
    timeoutMs,
  });
  watcher.start(withInitialEvents);
  return watcher;
}

interface WatcherSettings {
  from: number;
  isBookmarking: boolean;
  marksInitialEnd: boolean;
  timeoutMs: number;
}

export class Watcher {
  private readonly request: WatchRequest;
  private readonly settings: WatcherSettings;
  private readonly timers: Timer[] = [];
  private readonly unsubscribe: () => void;
  private cursor: number;
  private initial: { key: string; revision: number }[] = [];
  private initialAt = 0;
  private isWaiting = false;
  private isEnded = false;

  constructor(request: WatchRequest, settings: WatcherSettings) {
    this.request = request;
    this.settings = settings;
    this.cursor = settings.from;
    this.unsubscribe = request.core.store.subscribe(request.selection.resource.storage, () => this.pump());
  }

  start(withInitialEvents: boolean): void {
    const { response, core } = this.request;
    response.on('close', () => this.stop());
    response.on('drain', () => {
      this.isWaiting = false;
      this.pump();
    });
    response.flushHeaders();
    this.timers.push(core.clock.after(this.settings.timeoutMs, () => this.end()));
    if (this.settings.isBookmarking) this.scheduleBookmark();
    if (withInitialEvents) this.initial = this.presentKeys();
    this.pump();
  }

  /** Ends the stream as a server does that goes down: no error, the client comes back with its last version. */
  end(): void {
    if (this.isEnded) return;
    if (this.settings.isBookmarking && !this.isWaiting && this.initial.length === 0) this.bookmark();
    this.stop();
    this.request.response.end();
  }

  private stop(): void {
    if (this.isEnded) return;
    this.isEnded = true;
    this.unsubscribe();
    for (const timer of this.timers) timer.cancel();
  }

  private presentKeys(): { key: string; revision: number }[] {
    const { core, selection } = this.request;
    const collection = core.store.collection(selection.resource.storage);
    const { start, end } = collection.range(selection.keyPrefix);
    const found: { key: string; revision: number }[] = [];
    for (const key of collection.keys().slice(start, end)) {
      const entry = collection.get(key);
      if (entry !== undefined && selection.matchesEntry(entry)) found.push({ key, revision: entry.revision });
    }
    return found;
  }

  private pump(): void {
    if (this.isEnded || this.isWaiting) return;
    const { core, selection } = this.request;
    try {
      if (!this.pumpInitial()) return;
      this.assertInWindow();
      for (const change of core.store.changes(selection.resource.storage).after(this.cursor)) {
        this.cursor = change.revision;
        this.deliver(change);
        if (this.isWaiting) return;
      }
    } catch (error) {
      this.fail(error);
    }
  }

  /** True when all initial events are written. */
  private pumpInitial(): boolean {
    const { core, eventText, response, bookmarkText } = this.request;
    while (this.initialAt < this.initial.length) {
      const { revision } = this.initial[this.initialAt] as { revision: number };
      this.initialAt += 1;
      const version = core.store.version(revision);
      if (version === undefined) throw this.tooOld();
      if (!this.write(eventText(version, 'ADDED'))) return false;
    }
    this.initial = [];
    if (this.settings.marksInitialEnd) {
      this.settings.marksInitialEnd = false;
      response.write(bookmarkText(this.settings.from, { [initialEventsEnd]: 'true' }));
    }
    return true;
  }

  private deliver(change: Change): void {
    const { core, selection, eventText } = this.request;
    if (!selection.matchesKey(change.key)) return;
    const version = core.store.version(change.revision);
    if (selection.selectsAll) {
      this.write(eventText(this.required(version), change.type));
      return;
    }
    const previous = change.previousRevision === 0 ? undefined : core.store.version(change.previousRevision);
    const matchedBefore = selection.matchesVersion(change.key, previous);
    const matchesNow = change.type !== 'DELETED' && selection.matchesVersion(change.key, version);
    if (matchesNow) this.write(eventText(this.required(version), matchedBefore ? 'MODIFIED' : 'ADDED'));
    else if (matchedBefore) this.write(eventText(this.required(change.type === 'DELETED' ? version : this.withRevision(previous, change.revision)), 'DELETED'));
  }

  /** An object that left the selection is shown as it was last selected, at the revision at which it left. */
  private withRevision(version: StoredVersion | undefined, revision: number): StoredVersion | undefined {
    if (version === undefined) return undefined;
    const object = JSON.parse(version.body.toString()) as { metadata: { resourceVersion: string } };
    object.metadata.resourceVersion = String(revision);
    const body = Buffer.from(JSON.stringify(object));
    return { revision, body, metadataLength: Buffer.byteLength(JSON.stringify(object.metadata)) };
  }

  private assertInWindow(): void {
    const { core, selection } = this.request;
    if (this.cursor < core.store.droppedRevision(selection.resource.storage)) throw this.tooOld();
  }

  private tooOld(): Error {
    const { core, selection } = this.request;
    return expired(`too old resource version: ${this.cursor} (${core.store.droppedRevision(selection.resource.storage)})`);
  }

  private required(version: StoredVersion | undefined): StoredVersion {
    if (version === undefined) throw this.tooOld();
    return version;
  }

  private write(text: Buffer): boolean {
    const { response } = this.request;
    response.write(text);
    if (response.writableLength > highWaterBytes) this.isWaiting = true;
    return !this.isWaiting;
  }

  private fail(error: unknown): void {
    if (!(error instanceof StatusError)) this.request.core.log.error('a watch failed', { error, resource: this.request.selection.resource.plural });
    const status = (error instanceof StatusError ? error : expired('the watch failed')).toStatus();
    this.stop();
    this.request.response.end(`${JSON.stringify({ type: 'ERROR', object: status })}\n`);
  }

  private scheduleBookmark(): void {
    const { clock } = this.request.core;
    const timer = clock.after(bookmarkEveryMs * (0.9 + Math.random() * 0.2), () => {
      this.timers.splice(this.timers.indexOf(timer), 1);
      if (this.isEnded) return;
      if (!this.isWaiting && this.initial.length === 0) this.bookmark();
      this.scheduleBookmark();
    });
    this.timers.push(timer);
  }

  private bookmark(): void {
    // Everything up to the durable revision has been looked at: pump runs before anything else after a commit.
    const { core, response, bookmarkText } = this.request;
        this.cursor = Math.max(this.cursor, core.store.revision);
    response.write(bookmarkText(this.cursor));
  }
}
