day-news = { $seller }: { $count ->
    [one] { $count } new order
   *[other] { $count } new orders
}
day-waiting = { $seller }: { $count ->
    [one] { $count } order has waited longer than { $hours } h and is still new
   *[other] { $count } orders have waited longer than { $hours } h and are still new
}
day-cancelled = { $seller }: { $count ->
    [one] { $count } order of a picking list was cancelled
   *[other] { $count } orders of picking lists were cancelled
}
day-summary = { $seller }: the day, { $day }
day-silence = { $seller }: no import has gone well for more than { $hours } h
day-several = WB Desk: { $count } messages
day-seller = Seller { $id }
day-test-seller = { $name } (test environment)
day-sum = For: { $sum }
day-oldest = The oldest has waited since { $at }
day-on-list = { $order } (list { $sheet }, line { $line })
day-more = and { $count } more
day-not-to-ship = Do not ship:
day-orders = Orders of the day: { $count }
day-cancelled-today = Of these cancelled: { $count }
day-to-assemble = To assemble: { $new } new, { $assembly } in assembly
day-last-import = The last import that went well: { $at }. Open the import page to see what has happened.
day-no-import = No import has gone well yet. Open the import page to see what has happened.
page-day-title = Messages of the day
page-day-note = They go to all channels. Nothing of buyers is in them.
page-day-seller = Seller
page-day-news = New orders
page-day-off = do not tell
page-day-news-now = at once
page-day-news-every = together, every { $time }
page-day-waiting = An order is still new after, hours (0: do not tell)
page-day-waiting-help = Wildberries' deadlines depend on the warehouse and the model of sale: leave yourself some time.
page-day-cancelled = An order was cancelled when it was on a picking list already
page-day-summary = The day's summary in the evening
page-day-summary-at = Time of the summary
page-day-summary-help = If this hour is over for today, the first summary comes tomorrow.
page-day-silent = No import has gone well for, hours (0: do not tell)
page-day-silent-help = A message comes when no import of this seller has gone well for so long. For it to come, the program has to be running.
page-day-quiet = Quiet hours: hold until they end
page-day-zone = The hours below were saved for the zone { $zone }. When you save, they become hours of your zone: { $mine }.
page-day-save = Save
page-day-saved = Saved.
page-day-wrong = Not saved: the quiet hours must begin and end at different times.
page-day-no-channel = Messages come once there is a channel.
audit-day_messages_set = Messages of the day were changed
