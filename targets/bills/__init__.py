"""Bills on their way into the ledger, from a file or a till: read by themselves, then judged against what is there."""
