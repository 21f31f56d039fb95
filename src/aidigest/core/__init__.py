"""The rules: values in, values out; no clock, disk, network, database or log.

Reading order, along the way of a story:

    text, urls, dates        what feeds write, made plain
    feeds, polling           a feed, and when it is polled again
    bodies, jsonfeed         its answer, put right before it is parsed
    parsing, entries         what is in it, and which of it is news
    words, lexicon           words, and lists of them as maintainers write them
    relevance                is an entry about AI?
    similarity, linking      how alike entries are, and what follows from it
    grouping, stories        which entries tell the same story
    topics                   under which heading it goes
    boilerplate, wording     what is no news, and what the story says
    ranking                  how high it stands
    digests, editions        when an edition is due, and what is in it
    subscribers, unsubscribe who reads it, and how one leaves
    messages, deliveries     the mail for one person, and what becomes of it
    relays, replies          where it is handed over, and what the answer means
"""
