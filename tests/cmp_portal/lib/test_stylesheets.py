import pytest
from django.conf import settings as configured
from django.contrib.staticfiles.storage import staticfiles_storage
from django.core.management import call_command

CSS = configured.BASE_DIR / "static" / "css"
COMPONENTS = [part.name for part in (CSS / "components").iterdir()]


@pytest.fixture(params=["WholeStylesheet", "CompressedWholeStylesheet"])
def collected(request, settings, tmp_path):
    """Everything static, collected as for `make run` and for production."""
    settings.STATIC_ROOT = tmp_path
    settings.STORAGES = configured.STORAGES | {
        "staticfiles": {"BACKEND": f"cmp_portal.lib.stylesheets.{request.param}"}
    }
    call_command("collectstatic", interactive=False, verbosity=0)
    return tmp_path


def test_the_served_stylesheet_is_whole(collected):
    text = (collected / staticfiles_storage.stored_name("css/site.css")).read_text()

    assert "@import" not in text
    assert (text.count("@layer tokens, base"), text.count("@layer components {")) == (1, len(COMPONENTS))


def test_the_written_stylesheet_names_every_part_of_every_page():
    text = (CSS / "site.css").read_text()

    assert {name for name in COMPONENTS if f'"components/{name}"' not in text} == set()
