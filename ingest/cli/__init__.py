"""The `suowen` command line: parse options, call the pipeline and the store, print.

`main.COMMANDS` lists every command.
"""
