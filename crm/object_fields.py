"""The fields of a customer record that are objects themselves."""

from collections.abc import Mapping
from dataclasses import dataclass

from crm.fields import FieldError, Schema, plain_text
from crm.qualification import FRAMEWORK_FIELDS

LONGEST_ANSWER = 5_000


@dataclass(frozen=True, slots=True)
class Qualification:
    """The answers to a qualification framework: `{"BANT": {"budget": "..."}}`, or one framework as an action's payload
    has it, `{"framework": "BANT", "fields": {"budget": "..."}}`. Stored in the first form, without empty answers."""

    def read(self, value: object) -> dict[str, dict[str, str]]:
        answers = {name: self._framework(name, fields) for name, fields in self._by_framework(value).items()}
        return {name: fields for name, fields in answers.items() if fields}

    def _by_framework(self, value: object) -> Mapping[str, object]:
        if type(value) is not dict:
            raise FieldError("type", "Must be an object of frameworks, each an object of its answers.")
        if set(value) == {"framework", "fields"} and type(value["framework"]) is str:
            return {value["framework"]: value["fields"]}
        return value

    def _framework(self, name: str, fields: object) -> dict[str, str]:
        if name not in FRAMEWORK_FIELDS:
            raise FieldError("unknown_framework", f"The frameworks are {', '.join(FRAMEWORK_FIELDS)}.")
        if type(fields) is not dict:
            raise FieldError("type", "Must be an object of answers.", at=f"/{name}")
        answers = {field: self._answer(name, field, answer) for field, answer in fields.items()}
        return {field: answer for field, answer in answers.items() if answer.strip()}

    def _answer(self, name: str, field: str, answer: object) -> str:
        if field not in FRAMEWORK_FIELDS[name]:
            raise FieldError("unknown_field", f"{name} asks for {', '.join(FRAMEWORK_FIELDS[name])}.", at=f"/{name}")
        try:
            return "" if answer is None else plain_text(answer, LONGEST_ANSWER)
        except FieldError as refusal:
            raise FieldError(refusal.code, refusal.detail, at=f"/{name}/{field}") from refusal

    @property
    def schema(self) -> Schema:
        answer = {"type": ["string", "null"], "maxLength": LONGEST_ANSWER}
        frameworks = {
            name: {"type": "object", "properties": dict.fromkeys(fields, answer), "additionalProperties": False}
            for name, fields in FRAMEWORK_FIELDS.items()
        }
        one = {
            "type": "object",
            "properties": {
                "framework": {"type": "string", "enum": list(FRAMEWORK_FIELDS)},
                "fields": {"type": "object", "additionalProperties": answer},
            },
            "required": ["framework", "fields"],
            "additionalProperties": False,
        }
        return {"anyOf": [{"type": "object", "properties": frameworks, "additionalProperties": False}, one]}


@dataclass(frozen=True, slots=True)
class Columns:
    """What else an export says of a record, by column: texts."""

    longest: int

    def read(self, value: object) -> dict[str, str]:
        if type(value) is not dict:
            raise FieldError("type", "Must be an object of texts.")
        return {self._text(name, name): self._text(name, text) for name, text in value.items()}

    def _text(self, name: str, text: object) -> str:
        try:
            return plain_text(text, self.longest)
        except FieldError as refusal:
            raise FieldError(refusal.code, refusal.detail, at=f"/{name}") from refusal

    @property
    def schema(self) -> Schema:
        return {"type": "object", "additionalProperties": {"type": "string", "maxLength": self.longest}}
