"""The pages of actions, digests and notices, where Django looks for them."""

from django.contrib import admin

from engine.console.actions import ActionAdmin
from engine.console.digests import DigestAdmin, NoticeAdmin
from engine.models import Action, Digest, Notice

admin.site.register(Action, ActionAdmin)
admin.site.register(Digest, DigestAdmin)
admin.site.register(Notice, NoticeAdmin)
