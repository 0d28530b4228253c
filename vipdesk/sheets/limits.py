"""Limits of what is read from a file, and of the child process that reads it."""

MOST_COLUMNS = 200
MOST_CELLS = 2_000_000
MOST_INFLATED = 256 * 1024 * 1024  # bytes of one sheet's XML
MOST_STRINGS = 96 * 1024 * 1024  # bytes of a workbook's shared strings
MOST_ANSWERED = 120 * 1024 * 1024  # bytes that the child may send back
LONGEST_FIELD = 10_000_000  # characters of one CSV field

MEMORY = 380 * 1024 * 1024  # bytes of address space of the child
CPU_SECONDS = 30
WAIT_SECONDS = 60  # for the child's next words
