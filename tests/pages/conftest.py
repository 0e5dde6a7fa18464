"""Fixtures of page tests: one browser per module, a page per test, the site on a free port."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.pages import browser as helm
from tests.pages.whole_port import whole_port

__all__ = ["whole_port"]


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    """One browser for a file of page tests; it holds an event loop of this thread, which others need after it."""
    helm.chromium()
    with helm.browser() as running:
        yield running


@pytest.fixture
def site(live_server: Any) -> Any:
    """The pages on a free port; a module whose pages need the live stream brings the whole web port instead."""
    return live_server


@pytest.fixture
def open_page(chromium: Any, site: Any) -> Iterator[Callable[..., Any]]:
    """`open_page("/desk/", size="phone", theme="dark", language="ru", cookies={…})`: a watched page of its own."""
    contexts = []

    def opened(
        path: str,
        *,
        size: str = "desktop",
        theme: str = "light",
        language: str = "en",
        cookies: dict[str, str] | None = None,
    ) -> Any:
        context = chromium.new_context(
            viewport=helm.SIZES[size],
            color_scheme=theme,
            locale=language,
            has_touch=size == "phone",
            reduced_motion="reduce",
        )
        contexts.append(context)
        jar = {"opora_language": language, **(cookies or {})}
        context.add_cookies([{"name": name, "value": value, "url": site.url} for name, value in jar.items()])
        page = context.new_page()
        page.complaints = helm.watch(page)
        page.goto(site.url + path)
        page.wait_for_selector("html[data-ready]", state="attached")
        return page

    yield opened
    for context in contexts:
        context.close()
