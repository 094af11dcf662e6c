"""The customer record's addresses, below /api/v1/."""

from django.urls import path

from crm import api

urlpatterns = [
    path("accounts/", api.AccountsView.as_view(), name="accounts"),
    path("accounts/bulk/", api.AccountsBulkView.as_view(), name="accounts-bulk"),
    path("accounts/<uuid:pk>/", api.AccountView.as_view(), name="account"),
    path("contacts/", api.ContactsView.as_view(), name="contacts"),
    path("contacts/bulk/", api.ContactsBulkView.as_view(), name="contacts-bulk"),
    path("contacts/<uuid:pk>/", api.ContactView.as_view(), name="contact"),
    path("opportunities/", api.OpportunitiesView.as_view(), name="opportunities"),
    path("opportunities/bulk/", api.OpportunitiesBulkView.as_view(), name="opportunities-bulk"),
    path("opportunities/<uuid:pk>/", api.OpportunityView.as_view(), name="opportunity"),
    path("interactions/", api.InteractionsView.as_view(), name="interactions"),
    path("interactions/bulk/", api.InteractionsBulkView.as_view(), name="interactions-bulk"),
    path("interactions/<uuid:pk>/", api.InteractionView.as_view(), name="interaction"),
]
