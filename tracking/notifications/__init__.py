"""From news to messages: meanings, planning, the outbox, consent, quiet hours, words, delivery, receipts, ledger."""
