"""Membership tiers (会员等级): data that operations edit."""

from django.db import models
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _


class MembershipTier(models.Model):
    """One step of the house's membership; whether it makes a VIP is the tier's own fact."""

    code = models.SlugField(_("code"), max_length=20, unique=True)
    name = models.CharField(_("tier name"), max_length=20)
    name_en = models.CharField(_("English name"), max_length=20)
    rank = models.PositiveSmallIntegerField(_("rank"), default=0, help_text=_("Higher stands first."))
    is_vip = models.BooleanField(_("is VIP"), default=False)

    class Meta:
        ordering = ["rank"]
        verbose_name = _("membership tier")
        verbose_name_plural = _("membership tiers")

    def __str__(self) -> str:
        return self.name if (get_language() or "").startswith("zh") else self.name_en
