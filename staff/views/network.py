"""What the tablet's own connection allows: why one that came without HTTPS cannot go on without network."""

from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from staff import access, roles


@access.role_required(*roles.ALL)
@require_GET
def why_offline(request: access.StaffRequest) -> HttpResponse:
    """Which of the two this tablet is, its browser alone knows (shell.js)."""
    context = {"site_url": settings.SITE_URL, "is_https": settings.IS_HTTPS, "trust_url": settings.TRUST_URL}
    return render(request, "staff/why_offline.html", context)
