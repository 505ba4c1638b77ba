import MarkdownIt from 'markdown-it';
import { Html } from './html.ts';

const markdown = new MarkdownIt({ html: false, linkify: true, breaks: true });
const maxLength = 70_000;

/**
 * Markdown as people write it below pull requests. HTML in it is shown as text, but for comments, which are left out,
 * and `<details>`, which folds, because bots fold what is long.
 */
export function renderMarkdown(text: string): Html {
  const visible = text.slice(0, maxLength).replaceAll(/<!--[^]*?(?:-->|$)/g, '');
  const rendered = markdown.render(spaced(visible));
  return new Html(rendered.replaceAll(/&lt;(\/?(?:details|summary))(?: open)?&gt;/g, '<$1>'));
}

/** A line with a folding tag alone is a paragraph of its own, so that what follows it is read as Markdown. */
function spaced(text: string): string {
  return text.replaceAll(/^[ \t]*(<\/?details[^>\n]*>)[ \t]*$/gm, '\n$1\n');
}
