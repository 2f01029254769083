"""The commands of the command line, a module each, which bears the command's name.

A command's module has `app`, which holds it, or its subcommands; `nights`, `options` and `progress`
hold what several commands share. `reachline.cli` imports a module when its command is used, so what
a module imports costs its own command alone.
"""
