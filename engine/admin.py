"""The pages of actions, notices, runs and how people are told, and the whole view of an account, where Django looks."""

from django.contrib import admin

from crm.models import Account, Tenant
from engine.console.account_view import AccountViewAdmin
from engine.console.actions import ActionAdmin
from engine.console.company import CompanyAdmin
from engine.console.digests import DigestAdmin, NoticeAdmin
from engine.console.goals import GoalPages
from engine.console.reach import ReachAdmin
from engine.console.schedule import RunAdmin
from engine.models import Action, Digest, Notice, Reach, Run
from goals.models import Goal

admin.site.register(Action, ActionAdmin)
admin.site.register(Digest, DigestAdmin)
admin.site.register(Tenant, CompanyAdmin)
admin.site.register(Notice, NoticeAdmin)
admin.site.register(Run, RunAdmin)
admin.site.register(Reach, ReachAdmin)

# An account's page is the customer record's; here, where actions and insights are known, it gains the whole view.
admin.site.unregister(Account)
admin.site.register(Account, AccountViewAdmin)

# A goal's page likewise gains what came of the actions that were suggested for it.
admin.site.unregister(Goal)
admin.site.register(Goal, GoalPages)
