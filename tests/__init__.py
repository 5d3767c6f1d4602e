"""Tests. The folders have the names of the tested packages; `support` contains servers, samples and fixtures."""
