"""Archives read in memory, with limits that are counted while they are read; nothing is written."""
