"""What every page of the admin shows."""

import pytest

from vipdesk import __version__


@pytest.mark.parametrize(("language", "text"), [("en", "Version"), ("zh-hans", "版本")])
def test_operations_see_the_version_at_the_foot_of_a_page(ops, signed_in, language, text):
    ops.language = language
    ops.save()
    for address in ("/admin/", "/admin/staff/user/"):
        page = signed_in(ops).get(address).content.decode()
        assert f'<footer class="desk-version">{text} {__version__}</footer>' in page
    assert "desk-version" not in signed_in(ops).get("/admin/staff/user/?_popup=1").content.decode()
