"""Delivery: subscriptions and the daily digest become messages in the outbox, which channels send (docs/delivery.md).

collect.py    changes that a subscription reports      message_content.py  their sections
dispatch.py   queue messages, send those that are due  message_text.py     sections as Markdown and as plain text
daily_digest.py     the daily digest                   message_split.py    split by bytes
channel_factory.py  the channel of a destination       mail.py · bots.py · webhook.py · apprise_channel.py
http_post.py  guarded POST requests
"""
