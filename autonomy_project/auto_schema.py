"""How drf-spectacular names our parts; REST framework loads it with the views (DEFAULT_SCHEMA_CLASS)."""

from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.openapi import AutoSchema


class ApiSchema(AutoSchema):
    """AutoSchema, with components named for the thing and not for the class: Action, not ActionShape."""

    def _get_serializer_name(self, serializer: Any, direction: Any, bypass_extensions: bool = False) -> str:
        name: str = super()._get_serializer_name(serializer, direction, bypass_extensions)
        return name.removesuffix("Shape")


class BearerScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """How the API's description names our authentication."""

    target_class = "autonomy_project.authentication.BearerAuthentication"
    name = "bearer"

    def get_security_definition(self, auto_schema: Any) -> dict[str, Any]:
        """A bearer token of our own making."""
        told = "An agent's key (aut_...) or a person's token (autp_...)."
        return {"type": "http", "scheme": "bearer", "description": told}
