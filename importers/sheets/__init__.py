"""Tables as people keep them: CSV, XLSX and ODS read row by row, columns known by their headings, and templates."""
