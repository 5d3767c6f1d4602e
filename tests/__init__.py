"""Tests. Most folders have the name of the package that they test; `support` contains servers, samples and fixtures."""
