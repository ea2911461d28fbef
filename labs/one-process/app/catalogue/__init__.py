"""A library's catalogue: authors, subjects, books, and what readers ask for."""
