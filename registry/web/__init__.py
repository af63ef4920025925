"""The kit for pages: layout's words and languages, guard, security, errors, fragments, tables, forms. Knows no room."""
