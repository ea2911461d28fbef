import MarkdownIt from "markdown-it";

// Tags in the text stay text: a hand-out may come from anybody.
const renderer = new MarkdownIt({ html: false, linkify: false });

/** Markdown as HTML, without a tag that the text itself has. */
export function markdownHtml(text: string): string {
  return renderer.render(text);
}
