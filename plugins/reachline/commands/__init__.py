"""The commands of the command line, a module each, which bears the command's name.

A module's `app` holds the command, or its subcommands. `reachline.cli` imports a module when its
command is used, so what a module imports costs its own command alone.
"""
