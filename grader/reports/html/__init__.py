"""A run as HTML pages: a table of the class, and a page for each submission. Needs the extra `reports`."""
