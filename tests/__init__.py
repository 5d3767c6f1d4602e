"""Tests, in the tree of what they test; `support` holds servers, samples and fixtures."""
