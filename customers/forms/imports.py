"""The upload of a sheet: what can be said about it at once is said at the field."""

from typing import Any

from django import forms
from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext_lazy as _

from vipdesk.sheets.book import check_kind
from vipdesk.sheets.errors import NothingToRead

KINDS = (".xlsx", ".xls", ".csv")


class UploadForm(forms.Form):
    """One file; `cleaned_data["file"]` is its bytes."""

    file = forms.FileField(
        label=_("Sheet"),
        allow_empty_file=True,
        error_messages={"required": _("Choose a file first."), "invalid": _("Choose a file first.")},
        widget=forms.ClearableFileInput(attrs={"accept": ",".join(KINDS)}),
    )
    filename = ""

    def clean_file(self) -> bytes:
        upload: UploadedFile[Any] = self.cleaned_data["file"]
        self.filename, size = upload.name or "", upload.size or 0
        if not self.filename.lower().endswith(KINDS):
            raise forms.ValidationError(_("An Excel workbook (.xlsx, .xls) or a CSV file, please."))
        if size > settings.IMPORT_MAX_BYTES:
            said = {"size": filesizeformat(size), "most": filesizeformat(settings.IMPORT_MAX_BYTES)}
            raise forms.ValidationError(_("This file has %(size)s; at most %(most)s can be taken. Split it.") % said)
        data: bytes = upload.read()
        try:
            check_kind(data)  # its first bytes; a worker's child parses it
        except NothingToRead as error:
            raise forms.ValidationError(str(error)) from error
        return data
