"""config/ -> Settings, Sources and data files. The only reader of config/ and of SUOWEN_ environment variables."""
