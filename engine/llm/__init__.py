"""The optional language model: it may find more, word better, choose sentences; it decides nothing."""
