"""Inlining: a page's first sheet moved into its elements, for clients that drop sheets."""

import logging


def inline(html: str) -> str:
    """Move the first sheet's rules into `style` attributes.

    premailer's own defaults take dark mode away (design decision 12). The
    sheet marked `data-premailer="ignore"` stays as it is.
    """
    # They take a fifth of a second to import, and most commands render nothing.
    import cssutils  # noqa: PLC0415
    from premailer import Premailer  # noqa: PLC0415

    cssutils.log.setLevel(logging.CRITICAL)
    inlined: str = Premailer(
        html,
        strip_important=False,
        allow_network=False,
        align_floating_images=False,
        disable_validation=True,
        disable_basic_attributes=["width", "height", "bgcolor"],
        remove_classes=False,
    ).transform(pretty_print=False)
    return inlined
