// Texts of watch events. One text serves all watchers of the same form: the last ones made are kept.
import type { Resource } from '../registry/resource.ts';
import { makeTable, type IncludeObject } from '../table/make-table.ts';
import type { EventText } from '../verbs/watch-objects.ts';
import { objectText, type ObjectForm } from '../wire/object-text.ts';
import type { AnswerForm } from './negotiate.ts';

const keptTexts = 256;
const tail = Buffer.from('}\n');

export class EventTexts {
  private readonly recent = new Map<string, Buffer>();

  objects(resource: Resource, form: ObjectForm): EventText {
    const suffix = `${form} ${resource.groupVersion}`;
    return (version, type) => {
      const key = `${version.revision} ${type} ${suffix}`;
      let text = this.recent.get(key);
      if (text === undefined) {
        text = Buffer.concat([Buffer.from(`{"type":"${type}","object":`), objectText(version, resource, form), tail]);
        this.recent.set(key, text);
        if (this.recent.size > keptTexts) for (const [oldest] of this.recent) {
          this.recent.delete(oldest);
          break;
        }
      }
      return text;
    };
  }

  /** The columns come with the first row only. */
  tables({ resource, include, nowMs }: { resource: Resource; include: IncludeObject; nowMs: () => number }): EventText {
    let isFirst = true;
    return (version, type) => {
      const metadata = { resourceVersion: String(version.revision) };
      const table = makeTable({ resource, versions: [version], metadata, include, nowMs: nowMs(), withColumns: isFirst });
      isFirst = false;
      return Buffer.from(`${JSON.stringify({ type, object: table })}\n`);
    };
  }

  bookmarks(resource: Resource, form: AnswerForm): (revision: number, annotations?: Record<string, string>) => Buffer {
    return (revision, annotations) => {
      const metadata = { resourceVersion: String(revision), ...(annotations === undefined ? {} : { annotations }) };
      const partial = { kind: 'PartialObjectMetadata', apiVersion: 'meta.k8s.io/v1', metadata };
      let object: unknown = { kind: resource.kind, apiVersion: resource.groupVersion, metadata };
      if (form === 'metadata') object = partial;
      else if (form === 'table') object = { kind: 'Table', apiVersion: 'meta.k8s.io/v1', metadata: { resourceVersion: String(revision) }, columnDefinitions: null, rows: [{ cells: null, object: partial }] };
      return Buffer.from(`${JSON.stringify({ type: 'BOOKMARK', object })}\n`);
    };
  }
}
