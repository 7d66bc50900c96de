"""What the provider's edge asks of the rest: a picture of the provider's own settings, offers and nominations."""

from typing import Any, Protocol

from services.directory import Caller
from services.edge.answers import Decided
from services.edge.paging import Page


class Picture(Protocol):
    """A read model. It gives whole objects; the edge shows what the table of visibility lets through."""

    def settings_of(self, provider_id: str | None, page: Page | None = None) -> list[dict[str, Any]]:
        """Return the settings of a provider; None: of all. Without a page: the whole list."""
        ...

    def one_setting(self, setting_id: str, provider_id: str | None) -> dict[str, Any] | None: ...

    def offers_of(self, provider_id: str | None, page: Page | None = None) -> list[dict[str, Any]]: ...

    def nominations_of(self, provider_id: str | None) -> list[dict[str, Any]]:
        """Return the vouched nominations, those of one vacancy in the order that its provider is advised."""
        ...

    def holds_of(
        self, council: str | None = None, provider_id: str | None = None
    ) -> list[dict[str, Any]]: ...

    def facts_for(self, caller: Caller, found: Decided) -> list[dict[str, Any]]:
        """Return the facts of a decision that the caller may see."""
        ...
