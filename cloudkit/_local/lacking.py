"""What an embedded cloud does not compute, and AWS does."""

from __future__ import annotations


class Lacking(NotImplementedError):
    """Asked of an embedded cloud, it is no fault of the program's: `Answers` tells whoever asked that AWS can do it.

    CloudWatch's language has forty functions, each for numbers, series and lists of them. Here are those that programs
    are tried out with; a result that might be another than AWS's would be worse than none.
    """
