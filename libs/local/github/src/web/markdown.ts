import MarkdownIt from 'markdown-it';
import { Html } from './html.ts';
import { SafeTags } from './safe-tags.ts';

const markdown = new MarkdownIt({ html: true, linkify: true, breaks: true });
const maxLength = 70_000;

/** What one rendering shares. */
interface Environment extends Record<string, unknown> {
  tags: SafeTags;
}

const clean = (content: string, environment: unknown): string => (environment as Environment).tags.clean(content);
markdown.renderer.rules.html_block = (tokens, index, _options, environment: unknown) => clean(tokens[index]?.content ?? '', environment);
markdown.renderer.rules.html_inline = (tokens, index, _options, environment: unknown) => clean(tokens[index]?.content ?? '', environment);

/** Markdown as people write it below pull requests; of HTML in it, what `SafeTags` lets through. Comments are left out. */
export function renderMarkdown(text: string): Html {
  const environment: Environment = { tags: new SafeTags() };
  const rendered = markdown.render(text.slice(0, maxLength), environment);
  return new Html(rendered + environment.tags.end());
}
