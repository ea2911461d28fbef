"""The site's content: page types, snippets, and what shows them."""
