"""The law of plain imports: nothing is imported by a name made up at run time, but in wiring and migrations."""

from pathlib import Path

import pytest

from tests.laws.sources import names_used, program_files

DYNAMIC = {
    "__import__",
    "importlib.import_module",
    "importlib.__import__",
    "importlib.util.spec_from_file_location",
    "runpy.run_module",
    "runpy.run_path",
    "pkgutil.resolve_name",
    "django.utils.module_loading.import_string",
    "django.utils.module_loading.autodiscover_modules",
    "django.apps.apps.get_model",
    "django.apps.apps.get_app_config",
    "exec",
    "eval",
}


def may_import_by_name(path: Path) -> bool:
    """Wiring may, because it joins the rooms; migrations must, because they speak of models as they once were."""
    return "migrations" in path.parts or path == Path("opora/desk/wiring.py")


def dynamic_imports(text: str) -> list[str]:
    """Each import by name, as `line: how`."""
    return [f"{line}: {name}" for line, name, _ in names_used(text) if name in DYNAMIC]


def test_it_imports_by_name_in_wiring_and_migrations_only() -> None:
    files = ((path, text) for path, text in program_files() if not may_import_by_name(path))
    assert [f"{path}:{found}" for path, text in files for found in dynamic_imports(text)] == []


@pytest.mark.parametrize(
    "planted",
    [
        "import importlib\nimportlib.import_module('opora.desk.tickets')",
        "from importlib import import_module as bring\nbring('x')",
        "__import__('opora.desk.tickets')",
        "from django.utils.module_loading import import_string\nimport_string('x.y')",
        "from django.apps import apps\napps.get_model('tickets', 'Ticket')",
    ],
)
def test_it_reports_an_import_by_name(planted: str) -> None:
    assert dynamic_imports(planted)


def test_it_lets_a_migration_speak_of_old_models() -> None:
    assert may_import_by_name(Path("opora/desk/tickets/migrations/0002_words.py"))
    assert not may_import_by_name(Path("opora/desk/tickets/actions.py"))
