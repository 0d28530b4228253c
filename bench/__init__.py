"""`make bench`: our work beside plain SQL and bare Django views, in one run on one database (promises.md, "Speed")."""
