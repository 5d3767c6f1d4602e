"""Tests, in the same tree as the tested code; `support` contains servers, samples and fixtures."""
