"""A month played at random through the product's own screens and services, and compared with itself.

`acts` does what the people of the venue do; `checks` holds each figure against the list it leads to, the file and the
command that say the same. A seed always plays the same month.
"""
