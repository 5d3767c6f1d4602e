"""The run: discover > fetch > extract > classify > dedup > facts > store, and the same pipeline for other inputs."""
