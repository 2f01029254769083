"""A home as an operator sees it: its state, what is wrong with it and what to type, its upkeep.

`look` says how the nights are (`reachline status`), `examine` what stands in their way (`reachline
doctor`), `keep_up` removes what is not needed any more (`reachline upkeep`). The first two only
read, and go on where a part can't be read: that is what they are asked for.
"""
