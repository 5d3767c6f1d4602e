"""The `suowen` command, thin: parse, build the parts, call, print. `main.COMMANDS` lists every command."""
