"""The rules of a tenant in the console: what stands, setting and lifting it, the policy's versions, and trying it out."""

from decimal import Decimal
from typing import Any

from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.urls import URLPattern, path, reverse

from crm.addresses import address_key
from crm.console.forms import ReasonForm
from crm.console.pages import TenantAdmin
from crm.console.roles import Power, require, visitor_of
from crm.console.verbs import Done, Verb
from guardrails.checker import GuardrailChecker
from guardrails.models import PolicyVersion, RuleKind, TenantRule
from guardrails.pauses import holding
from guardrails.policy import Facts, GuardrailResult, normalise_action_type
from guardrails.rule_forms import TryForm, form_for
from guardrails.scopes import Case, asked_by, takes_in
from guardrails.setting import SHAPES, lift_rule, set_rule
from guardrails.standing import standing_rule
from guardrails.telling import changes_told, told

ABOUT = {
    RuleKind.NEEDS_PERSON: "Put a person before actions that agents could do on their own.",
    RuleKind.NEVER: "Stop a kind of action here, for a stage, a clone, an account or a recipient.",
    RuleKind.FOUR_EYES: "Ask for two people, for instance above a value.",
    RuleKind.TOUCH_LIMIT: "Leave customers in peace: so many messages to one person in a week, whichever clone writes.",
    RuleKind.SEND_LIMIT: "So many messages to one company in a day, whichever clone writes.",
    RuleKind.PENDING_LIMIT: "Keep one clone from flooding the queue.",
    RuleKind.QUIET_HOURS: "Nothing goes out at night, by the clock of who receives it.",
    RuleKind.REPS_DECIDE: "Let representatives decide what their own clones propose.",
    RuleKind.REMINDER: "Remind everybody who may decide once an action has waited a while.",
    RuleKind.ESCALATION: "Hand an action over to a manager once it has waited too long.",
}


def _set(kind: str) -> Any:
    def act(request: HttpRequest, row: None, given: dict[str, Any]) -> Done:
        who = visitor_of(request)
        rule = set_rule(tenant=who.tenant, actor=who.actor, kind=kind, **given)
        return Done(f"Set. {told(rule, who.tenant.currency)} What waits is judged anew within seconds.")

    return act


def _lift(request: HttpRequest, row: TenantRule, given: dict[str, Any]) -> Done:
    who = visitor_of(request)
    lift_rule(row, actor=who.actor, reason=given["reason"])
    return Done("Lifted. What waits is judged anew within seconds.")


class RuleAdmin(TenantAdmin):
    """What this company has set beyond what holds everywhere: it can only make that stricter."""

    heading = "Rules"
    when_empty = "What agents may do is set for everybody; here your company can make it stricter."
    list_before_template = "guardrails/rules_head.html"
    list_display = ("rule", "reason", "set_by", "set_at", "state")
    list_select_related = ("clone", "account", "person")
    list_filter = ("kind",)
    sortable_by = ()
    ordering = ("-set_at", "-id")
    fields = ("rule", "reason", "set_by", "set_at", "state", "lifted_by", "lifted_at")
    readonly_fields = fields
    verbs = (
        Verb(
            "lift",
            "Lift the rule",
            Power.SET_POLICY,
            _lift,
            ReasonForm,
            note="What holds everywhere goes on to hold.",
            danger=True,
            applies=lambda row: row.lifted_at is None,
        ),
    )

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        ours = [
            path("add/<slug:kind>/", view(self.add_kind_view), name=self._page_name("add_kind")),
            path("try/", view(self.try_view), name=self._page_name("try")),
        ]
        return [*ours, *super().get_urls()]

    def get_queryset(self, request: HttpRequest) -> QuerySet[TenantRule]:
        return super().get_queryset(request).select_related("tenant", "clone", "account", "person")

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return visitor_of(request).may(Power.SET_POLICY)

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        """Which kind of rule; a form that names its kind is taken here as well."""
        require(request, Power.SET_POLICY)
        if request.method == "POST":
            return self.add_kind_view(request, request.POST.get("kind", ""))
        kinds = [(RuleKind(kind), ABOUT[RuleKind(kind)]) for kind in SHAPES]
        return self.page(request, "guardrails/kinds.html", title="Set a rule", kinds=kinds)

    def add_kind_view(self, request: HttpRequest, kind: str) -> HttpResponse:
        """The form of one kind, and what comes of it."""
        require(request, Power.SET_POLICY)
        if kind not in SHAPES:
            raise Http404("There is no such kind of rule.")
        verb = Verb("add", "Set the rule", Power.SET_POLICY, _set(kind), form_for(kind), note=ABOUT[RuleKind(kind)])
        if request.method == "POST":
            return self._perform(request, verb, None)
        page = self._form_page(request, verb, None, verb.empty_form(None))
        page.context_data["title"] = RuleKind(kind).label  # type: ignore[attr-defined]
        return page

    def try_view(self, request: HttpRequest) -> HttpResponse:
        """What the guardrails and the rules would say to an action. Nothing is stored."""
        who = require(request, self.reading)
        if request.method not in ("GET", "HEAD"):
            return HttpResponseNotAllowed(["GET", "HEAD"])
        form = TryForm(request.GET if "action_type" in request.GET else None)
        context: dict[str, Any] = {"form": form, "back": reverse("admin:guardrails_tenantrule_changelist")}
        if form.is_bound and form.is_valid():
            case = _case(form.cleaned_data)
            rules = list(self.get_queryset(request).filter(lifted_at=None))
            fitting = [rule for rule in rules if takes_in(standing_rule(rule.__dict__), case)]
            context["verdict"] = _verdict(rules, case, form.cleaned_data)
            context["rules"] = [told(rule, who.tenant.currency) for rule in fitting]
        return self.page(request, "guardrails/try.html", title="Try the rules", **context)

    def rule(self, row: TenantRule) -> str:
        return told(row, row.tenant.currency)

    def state(self, row: TenantRule) -> str:
        return "lifted" if row.lifted_at else "stands"


class VersionAdmin(TenantAdmin):
    """Every version of the company's policy: who made it, why, and what changed."""

    heading = "Versions of the policy"
    when_empty = "Version 1 is what holds everywhere. The first rule of your own makes version 2."
    list_display = ("version", "what", "reason", "made_by", "created_at")
    sortable_by = ()
    ordering = ("-version",)
    fields = ("version", "what", "reason", "made_by", "created_at")
    readonly_fields = fields

    def what(self, row: PolicyVersion) -> str:
        return "; ".join(changes_told(row.changes))


def _case(given: dict[str, Any]) -> Case:
    return Case(
        action_type=normalise_action_type(given["action_type"]),
        stages=frozenset(filter(None, [given["stage"]])),
        clone_id=str(given["clone"].pk) if given["clone"] else None,
        account_id=str(given["account"].pk) if given["account"] else None,
        recipients=(address_key(given["recipient"]),) if given["recipient"] else (),
        value=given["value"] if given["value"] is not None else Decimal(0),
    )


def _verdict(rules: list[TenantRule], case: Case, given: dict[str, Any]) -> GuardrailResult:
    standing = [standing_rule(rule.__dict__) for rule in rules]
    paused = holding(clone=given["clone"], action_type=case.action_type).exists()
    facts = Facts(paused=paused, **asked_by(standing, case))
    return GuardrailChecker().check(case.action_type, given["stage"] or None, facts=facts)
