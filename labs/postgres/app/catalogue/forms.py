"""The form of `/form/`."""

from django import forms
from django.utils.translation import gettext_lazy as _

from catalogue.models import Request


class RequestForm(forms.ModelForm):
    """Asks for a book."""

    class Meta:
        model = Request
        fields = ["name", "email", "title", "subject"]

    def clean_title(self) -> str:
        """Refuse titles that say nothing."""
        title: str = self.cleaned_data["title"].strip()
        if len(title) < 3:
            raise forms.ValidationError(_("A title has at least three characters."))
        return title
