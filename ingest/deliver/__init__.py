"""Delivery: subscriptions and the daily digest become messages in the outbox, which channels send (docs/delivery.md).

collect.py          changes that a subscription reports       message_content.py  sections of a message
dispatch.py         queue messages, send those that are due   message_text.py     sections as Markdown and plain text
daily_digest.py     the daily digest                          message_split.py    split a message by bytes
channel_factory.py  make the channel of a destination         http_post.py        POST requests through the SSRF guard

The channels are in mail.py, bots.py, webhook.py and apprise_channel.py.
"""
