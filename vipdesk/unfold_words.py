"""The words of unfold's own screens: it ships no Chinese, so named here they are extracted into our catalogue.

Nothing imports this; Django finds the Chinese by the English words. A test sees that unfold still says them.
"""

from django.utils.translation import gettext_noop as _

WORDS = (
    _("All applications"),
    _("Apply Filters"),
    _("Cancel"),
    _("Expand row"),
    _("False"),
    _("Filters"),
    _("General"),
    _("Go back"),
    _("Loading more results..."),
    _("More actions"),
    _("Next"),
    _("No recent searches"),
    _("No results found"),
    _("No results matching your query"),
    _("Previous"),
    _("Recent searches"),
    _("Reset filters"),
    _("Run"),
    _("Search apps and models..."),
    _("Select action"),
    _("Select action to run"),
    _("Select all rows"),
    _("Select record"),
    _("Select value"),
    _("Submit"),
    _("This page yielded into no results. Create a new item or reset your filters."),
    _("True"),
    _("Type to search"),
)

# Django has Chinese for these, word by word; ours is read first.
BETTER = (
    # Translators: around %(filter_title)s stand spaces in the template.
    _(" By %(filter_title)s "),
    _("Designates whether this user should be treated as active. Unselect this instead of deleting accounts."),
    _("active"),
)
