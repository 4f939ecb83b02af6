page-picking-title = Picking list
page-picking-seller = Seller
page-picking-what = What to pick
page-picking-only-unlisted = Without those that are in earlier lists
page-picking-make = Make a list
page-picking-nothing = There is nothing to pick: no such orders now. Import new orders, then a list can be made.
page-picking-all-listed = There is nothing to pick: all such orders are in earlier lists. To make a list of them too, untick “Without those that are in earlier lists”.
page-picking-keyless = This seller has no key any more: new orders do not come, and no new list can be made. The lists that were made stay here.
page-picking-none = No lists yet. Choose what to pick and press “Make a list”: it is ready to be printed at once.
page-picking-made = List No. { $number } is made.
page-picking-sheet = List
page-picking-sheet-gone = The chosen list is no longer among the latest ones. The newest one is shown; nothing has been done.
page-picking-sheets-more = The latest lists can be chosen: { $shown }. Earlier ones are not here.
page-picking-sheet-line = No. { $number } · { $at } · { $orders ->
    [one] { $orders } order
   *[other] { $orders } orders
}
page-picking-changed = Changed since printing
page-picking-unchanged = Nothing has changed since printing.
page-picking-new = { $count ->
    [one] { $count } more order, in no list yet
   *[other] { $count } more orders, in no list yet
}
page-picking-new-more = More than { $count } more orders, in no list yet. The latest of them are below
page-picking-column-line = Line
picking-more-in-files = { $shown } of { $all } are shown; all of them are in the PDF and in Excel.
picking-more-below = { $shown } of { $all } are shown; the others are marked in their lines.
page-picking-make-new = List of these
page-picking-order-line = line { $line }
page-picking-show-comments = Show the buyers' comments
page-picking-comments-hidden = { $count ->
    [one] { $count } order has a buyer's comment. To read it one needs the right to see buyers' data.
   *[other] { $count } orders have a buyer's comment. To read them one needs the right to see buyers' data.
}
page-picking-pdf = PDF to print
page-picking-xlsx = Excel
page-picking-view = View
page-picking-view-screen = On screen
page-picking-view-paper = For printing
page-picking-print = Print
page-picking-print-hint = If no print window opens, press Ctrl+P (on a Mac: Cmd+P).
page-picking-too-long = The list has { $lines } lines: print the PDF, here the first { $shown } are shown.
page-picking-lines = Lines { $first }–{ $last } of { $all }
page-picking-link = Picking list
picking-sheet-title = Picking list No. { $number }
picking-made = made { $at }, { $who }
picking-choice-new = New orders
picking-choice-assembly = Orders being assembled
picking-choice-both = New and being assembled
picking-counted = { $orders ->
    [one] { $orders } order
   *[other] { $orders } orders
}, { $lines ->
    [one] { $lines } line
   *[other] { $lines } lines
}
picking-left-out = The list has the { $count } oldest orders. The others go into the next one: tick “Without those that are in earlier lists”.
picking-not-to-ship = { $count ->
    [one] Do not ship: { $count } order is cancelled
   *[other] Do not ship: { $count } orders are cancelled
}
picking-line-cancelled = Do not ship: { $ids }
picking-cancelled = cancelled, do not ship
picking-warehouse = Warehouse { $id }
picking-office = bring to: { $name }
picking-no-warehouse = No warehouse named
picking-hurry-1 = over a day
picking-hurry-2 = over two days
picking-marking-sgtin = Chestny ZNAK
picking-marking-uin = UIN
picking-marking-imei = IMEI
picking-marking-gtin = GTIN
picking-marking-expiration = expiry date
picking-marking-customsDeclaration = customs declaration
picking-comments = { $count ->
    [one] { $count } comment
   *[other] { $count } comments
}
picking-comments-title = Buyers' comments
picking-page = page { $page } of { $pages }
picking-sheet-name = Picking list
picking-orders-name = Orders
picking-column-done = Picked
picking-column-number = No.
picking-column-place = Warehouse
picking-column-article = Article
picking-column-size = Size
picking-column-barcode = Barcode
picking-column-quantity = Quantity
picking-column-cancelled = Cancelled
picking-column-marking = Marking
picking-column-comments = Comments
picking-column-comment = Comment
picking-column-waits = Waits
picking-column-oldest = Oldest order
picking-column-hurry = Waits long
picking-column-order = Order
picking-column-state = State
audit-picking_made = A picking list was made
audit-picking_taken = A picking list was saved
audit-comments_revealed = Buyers' comments were shown
page-picking-no-comments = The orders of this list have no comments.
