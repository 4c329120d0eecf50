"""Results to text, tables and files; needs nothing but the results."""
