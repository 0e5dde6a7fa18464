"""The law of layers for the database: a row refers only to rows of its own room or of rooms below."""

from collections.abc import Iterable
from typing import Any

from django.apps import apps
from django.contrib.contenttypes.models import ContentType
from django.db import models
from django.test.utils import isolate_apps

from tests.laws.sources import layers, room_order


def place(model: type[models.Model]) -> tuple[int, str] | None:
    """How high the model's room stands (0 is the top) and what it is called; nothing for models that are not ours."""
    assert model._meta.app_config is not None
    parts = model._meta.app_config.name.split(".")
    if parts[:2] != ["opora", "desk"]:
        return None
    for height, rooms in enumerate(room_order()):
        if parts[2] in rooms:
            return height, parts[2]
    raise AssertionError(f"the room {parts[2]} stands in no layer of .importlinter")


def upward_keys(asked: Iterable[type[models.Model]]) -> list[str]:
    """Each key that points upwards, sideways, or from outside into our rooms, as `model.field -> model`."""
    found = []
    for model in asked:
        for field in [*model._meta.local_fields, *model._meta.local_many_to_many]:
            target = field.related_model
            if target and target != "self" and not _downwards(model, target):
                found.append(f"{model._meta.label}.{field.name} -> {target._meta.label}")
    return found


def _downwards(model: type[models.Model], target: Any) -> bool:
    here, there = place(model), place(target)
    if there is None:
        return True
    return here is not None and ((here[1] == there[1] and _same_floor(model, target)) or here[0] < there[0])


def _same_floor(model: type[models.Model], target: type[models.Model]) -> bool:
    """Within `channels` no way in may refer to another; within every other room all may."""
    homes = {m._meta.app_config.name for m in (model, target) if m._meta.app_config}
    return len(homes) == 1 or not homes <= {name for layer in layers("channels") for name in layer}


def test_it_refers_downwards_only() -> None:
    assert upward_keys(apps.get_models(include_auto_created=True)) == []


def test_it_looks_at_every_room_that_has_models() -> None:
    seen = {placed[1] for placed in map(place, apps.get_models()) if placed}
    assert {"kernel", "people"} <= seen


@isolate_apps("opora.desk.kernel", "opora.desk.people", "django.contrib.contenttypes")
def test_it_reports_a_key_that_points_upwards() -> None:
    class Person(models.Model):
        class Meta:
            app_label = "people"

    class Note(models.Model):
        about = models.ForeignKey(Person, on_delete=models.CASCADE)
        seen_by = models.ManyToManyField(Person, related_name="+")

        class Meta:
            app_label = "kernel"

    assert upward_keys([Note]) == ["kernel.Note.about -> people.Person", "kernel.Note.seen_by -> people.Person"]


@isolate_apps("opora.desk.kernel", "opora.desk.people", "django.contrib.contenttypes")
def test_it_allows_a_key_that_points_downwards_or_to_the_framework() -> None:
    class Fact(models.Model):
        class Meta:
            app_label = "kernel"

    class Member(models.Model):
        fact = models.ForeignKey(Fact, on_delete=models.CASCADE)
        chief = models.ForeignKey("self", null=True, on_delete=models.CASCADE)
        kind = models.ForeignKey(ContentType, on_delete=models.CASCADE)

        class Meta:
            app_label = "people"

    assert upward_keys([Member]) == []
