"""What a class's hand-ins look like on disk or in an archive, one module a format."""
