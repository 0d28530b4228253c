"""Tags: what guests have in common for the house (wine, company dinners), to find them by (D7 S4)."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import get_language, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from customers.models.customer import Customer


class Tag(models.Model):
    """Written by operations in the admin. One that is not offered any more stays on the guests who have it."""

    name = models.CharField(pgettext_lazy("of a thing", "name"), max_length=20, unique=True)
    name_en = models.CharField(_("name in English"), max_length=30, blank=True, default="")
    is_offered = models.BooleanField(_("offered"), default=True)

    class Meta:
        ordering = ["name"]
        verbose_name = _("tag")
        verbose_name_plural = _("tags")
        constraints = [models.CheckConstraint(condition=~Q(name=""), name="tag_says_something")]

    def __str__(self) -> str:
        is_chinese = (get_language() or "").startswith("zh")
        return self.name if is_chinese or not self.name_en else self.name_en


class GuestTag(models.Model):
    """A guest has a tag. The pair is the key; by tag first, so that a campaign reads whom it wants and nobody else."""

    customer = models.ForeignKey(Customer, models.CASCADE, related_name="tagged", db_index=False)
    tag = models.ForeignKey(Tag, models.PROTECT, related_name="tagged", db_index=False)
    added_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    added_at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = _("tag of a guest")
        verbose_name_plural = _("tags of guests")
        constraints = [models.UniqueConstraint(fields=["tag", "customer"], name="guest_tagged_once")]
        indexes = [models.Index("customer", name="tags_of_guest")]

    def __str__(self) -> str:
        return f"{self.customer_id}: {self.tag_id}"
