"""The rules: values in, values out; no clock, disk, network, database or log.

Along the way of a story:

    feeds        what a feed is, what its answer says, and what makes an entry the same again
    polling      when a feed is asked, and what its answer means
    stories      which entries are about AI, which tell one story, under which topic it goes
    editions     what goes into an edition, and in which order
    proof        what is wrong with a mail, found before anybody gets it
    readers      who reads it, and what they chose
    delivery     relays and their replies, the pace, and what becomes of each mail
    messages     the mail for one person, byte for byte

`text`, `urls` and `headers` are the forms that all of them share; `jobs` and `shards` say how
workers part the work; `troubles` has words for what the machine refuses.
"""
