import MarkdownIt from 'markdown-it';
import { Html } from './html.ts';
import { SafeTags } from './safe-tags.ts';

const markdown = new MarkdownIt({ html: true, linkify: true, breaks: true });
const maxLength = 70_000;

/** The tags of one rendering, by what markdown-it hands on. */
const tagsOf = new WeakMap<object, SafeTags>();

const clean = (content: string, environment: object | undefined): string => (environment === undefined ? undefined : tagsOf.get(environment))?.clean(content) ?? '';
markdown.renderer.rules.html_block = (tokens, index, _options, environment?: object) => clean(tokens[index]?.content ?? '', environment);
markdown.renderer.rules.html_inline = (tokens, index, _options, environment?: object) => clean(tokens[index]?.content ?? '', environment);

/** Markdown as people write it below pull requests; of HTML in it, what `SafeTags` lets through. Comments are left out. */
export function renderMarkdown(text: string): Html {
  const environment = {};
  const tags = new SafeTags();
  tagsOf.set(environment, tags);
  const rendered = markdown.render(text.slice(0, maxLength), environment);
  return new Html(rendered + tags.end());
}
