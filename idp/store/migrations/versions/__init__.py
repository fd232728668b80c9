"""One file a change, numbered; each names the one before it."""
