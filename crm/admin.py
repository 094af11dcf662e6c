"""The pages of people, keys, customer records and the record, where Django looks for them."""

from django.contrib import admin

from crm.console import customers, identities, people, record
from crm.models import (
    Account,
    AgentKey,
    Briefing,
    Clone,
    Contact,
    ImportRun,
    Interaction,
    Membership,
    Opportunity,
    PersonToken,
    Suppression,
)
from record.models import Entry

admin.site.register(Membership, people.MembershipAdmin)
admin.site.register(Clone, identities.CloneAdmin)
admin.site.register(AgentKey, identities.AgentKeyAdmin)
admin.site.register(PersonToken, identities.PersonTokenAdmin)
admin.site.register(Account, customers.AccountAdmin)
admin.site.register(Contact, customers.ContactAdmin)
admin.site.register(Suppression, customers.SuppressionAdmin)
admin.site.register(Opportunity, customers.OpportunityAdmin)
admin.site.register(Interaction, customers.InteractionAdmin)
admin.site.register(Briefing, customers.BriefingAdmin)
admin.site.register(ImportRun, customers.ImportRunAdmin)
admin.site.register(Entry, record.EntryAdmin)
