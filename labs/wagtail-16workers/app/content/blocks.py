"""Blocks of which editors make a page's body."""

from wagtail import blocks
from wagtail.contrib.table_block.blocks import TableBlock
from wagtail.contrib.typed_table_block.blocks import TypedTableBlock
from wagtail.images.blocks import ImageChooserBlock


class QuoteBlock(blocks.StructBlock):
    """A quotation and who said it."""

    text = blocks.TextBlock()
    source = blocks.CharBlock(required=False)

    class Meta:
        icon = "openquote"
        template = "content/blocks/quote.html"


class FigureBlock(blocks.StructBlock):
    """A picture with its caption."""

    image = ImageChooserBlock()
    caption = blocks.CharBlock(required=False)

    class Meta:
        icon = "image"
        template = "content/blocks/figure.html"


class FactsBlock(blocks.StructBlock):
    """A box of short facts."""

    title = blocks.CharBlock()
    facts = blocks.ListBlock(blocks.StructBlock([("name", blocks.CharBlock()), ("value", blocks.CharBlock())]))

    class Meta:
        icon = "list-ul"
        template = "content/blocks/facts.html"


class BodyBlock(blocks.StreamBlock):
    """Everything that a body may hold."""

    heading = blocks.CharBlock(form_classname="title", icon="title")
    paragraph = blocks.RichTextBlock()
    quote = QuoteBlock()
    figure = FigureBlock()
    facts = FactsBlock()
    table = TableBlock()
    prices = TypedTableBlock([("text", blocks.CharBlock()), ("number", blocks.FloatBlock())])
    related = blocks.PageChooserBlock()
