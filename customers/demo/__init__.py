"""The demo venue's guests: invented people, captured in earlier years and on the last nights.

A guest's facts follow from the seed and the guest's number in the venue alone, so that a larger venue holds the smaller
one. Evenings follow from the seed and the night; tonight's, which is still running, also from the half hour.
"""

from customers.demo.loading import load

__all__ = ["load"]
