"""Configuration: settings, sources and data files of config/, and the SUOWEN_ environment variables."""
