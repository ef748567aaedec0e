"""What people typed, on a page."""

from django import template
from django.utils.safestring import SafeString

from review.markdown import to_html

register = template.Library()


@register.filter
def comment_text(text: str) -> SafeString:
    return to_html(text)
