# SPDX-License-Identifier: Apache-2.0
"""How a row is declared: a function of a loop, in the ROWS of its file."""


def collector(rows, **always):
    """A decorator that puts functions into ROWS by their names. Its keywords become attributes; `setup` is what
    differs from the loop's defaults (loop.Loop: driver, inventory, parameters)."""

    def row(function=None, **setup):
        def keep(wanted):
            wanted.setup = setup
            vars(wanted).update(always)
            rows[wanted.__name__] = wanted
            return wanted
        return keep(function) if function else keep
    return row
