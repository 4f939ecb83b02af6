method-orders-stickers = Order stickers
page-stickers-title = Stickers of this list's orders
page-stickers-note = Wildberries draws stickers for FBS orders that are being assembled or delivered. If an order is still new, first add it to a supply in Wildberries' cabinet.
page-stickers-lines = Lines of the list (empty: all)
page-stickers-no-such-line = The list has no such lines: it has lines 1 to { $lines }. Write numbers, for example 1-5, 8, or leave the field empty: then stickers come for all lines.
page-stickers-size = Size, mm
page-stickers-get = Get stickers
page-stickers-asking = Getting stickers from Wildberries…
page-stickers-ready = { $count ->
    [one] { $count } sticker is ready.
   *[other] { $count } stickers are ready.
}
page-stickers-save = Download stickers
page-stickers-refused = { $count ->
    [one] { $count } order is without a sticker
   *[other] { $count } orders are without a sticker
}
page-stickers-no-key = This seller has no key any more. Add a key, then stickers can be had.
page-stickers-none = None of the chosen orders has a sticker. Each one says why.
stickers-refused-model = not FBS: Wildberries draws no such stickers
stickers-refused-status = status “{ $status }”: there are stickers in assembly and in delivery only
stickers-refused-unknown = Wildberries does not know this order
stickers-refused-none = Wildberries sent no sticker; the order may lack the number of its customs declaration
stickers-refused-damaged = the sticker's picture is damaged, try again
stickers-refused-too_many = 1,000 stickers can be had at once; choose fewer lines
audit-stickers_made = Stickers of orders were made
