"""The page of actions, where Django looks for it."""

from django.contrib import admin

from engine.console.actions import ActionAdmin
from engine.models import Action

admin.site.register(Action, ActionAdmin)
