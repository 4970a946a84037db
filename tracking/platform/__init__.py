"""What every layer stands on: settings, errors, clock, vocabulary, database, queue, words and rendering."""
