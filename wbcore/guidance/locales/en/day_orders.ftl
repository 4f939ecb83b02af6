# The page of orders: columns, filters, my views, the card

order-column-number = Number
order-column-created = Created
order-column-age = Waits
order-column-article = Article
order-column-nm = WB article
order-column-barcode = Barcode
order-column-price = Price
order-column-full_price = Price before discount
order-column-buyer_price = Price for the buyer
order-column-currency = Currency
order-column-supplier_status = Seller's status
order-column-wb_status = Wildberries status
order-column-status_at = Status received
order-column-feed_status = Status
order-column-status_since = In status since
order-column-model = Model
order-column-delivery = Delivery
order-column-office = Receiving office
order-column-warehouse = Seller's warehouse, number
order-column-warehouse_name = Warehouse
order-column-supply = Supply
order-column-marking = Marking
order-column-zero = Zero order
order-column-b2b = Bought by a company
order-column-basket = Basket
order-column-rid = Number in reports
order-column-chrt = Size, WB number
order-column-region = Region
order-column-city = City
order-column-cancelled = Cancelled
order-column-cancelled_at = When cancelled
order-column-own_warehouse = From the seller's warehouse
order-column-seller = Seller
order-column-key = Key

order-mark-sgtin = Chestny Znak code
order-mark-uin = UIN of jewellery
order-mark-imei = IMEI
order-mark-gtin = GTIN
order-mark-expiration = expiry date
order-mark-customsdeclaration = customs declaration number

orders-search-example = Part of a number, article or barcode
orders-search-digits = Part of an order's number is looked for from { $least } digits on. Type one more.
orders-filters = Filters
orders-filters-set = Filters: { $count }
orders-choices-cut = The latest values are offered, at most { $shown }: { $names }.
orders-filters-clear = Clear all filters
orders-columns = Columns
orders-columns-chosen = Which columns to show, in order
orders-columns-kept = Your choice is remembered.
orders-columns-usual = Back to the usual columns
orders-all-sellers = All sellers
orders-sort = Order
orders-sort-date = Newest first
orders-sort-sum = Dearest first
orders-status-to_assemble = To assemble: new and in assembly
orders-status-cancelled = Cancelled and refused
orders-status-stage_new = New, but for cancelled ones
orders-status-stage_assembly = In assembly, but for cancelled ones
orders-status-stage_moving = On the way
orders-status-stage_sold = Sold
orders-status-stage_unknown = Status not known yet
orders-beside = Only:
orders-beside-remove = Take this condition away
orders-beside-without = { $name }: not given
orders-beside-currency = currency: { $currency }
orders-beside-hours = from { $first } to { $last }
orders-beside-moscow = days of Moscow
orders-beside-lost = seen cancelled on { $day }
orders-beside-taken = taken into assembly: { $within }
orders-marking-any = Any
orders-marking-yes = Needed
orders-marking-no = Not needed
orders-only-zero = Zero orders only
orders-only-b2b = Orders of companies only

orders-views = My views
orders-views-none = Your views will be here: set filters and keep them under a name.
orders-view-name = Name of the view
orders-view-keep = Keep this view
orders-view-kept = The view is kept.
orders-view-nameless = Give the view a name.
orders-view-too-many = There are { $most } views already: remove some.
orders-view-remove = Remove the view “{ $name }”
orders-view-send = This address opens the same list. Send it to a colleague: they will see the orders of their own sellers.

orders-worth = Worth { $amount }
orders-worth-newest = { $count ->
    [one] The newest one is
   *[other] The newest { $count } are
} worth { $amount }
orders-found = Found: { $count }, worth { $amount }
orders-found-more = Found more than { $count }; { $count ->
    [one] the newest one is
   *[other] the newest { $count } are
} worth { $amount }. We stop counting there so that the page opens quickly
orders-found-none-yet = None of the orders that were looked through fits
orders-sorted = By sum, the dearest first
orders-sorted-newest = By sum among the newest { $count }
orders-sorted-apart = Each currency apart
orders-place = Page { $page } · orders { $first }–{ $last } of { $count }
orders-place-more = Page { $page } · orders { $first }–{ $last }, more than { $count } in all
orders-looked-until = Orders back to { $until } were looked through. Older ones not yet.
orders-look-on = Look further

order-needs = Needed: { $marks }
order-needs-nothing = not needed
order-product = Product { $nm } on Wildberries
order-came = created
order-history-none = WB Desk has seen no change of the status.
order-reports = In reports
order-reports-none = Neither statistics nor the order feed has this order: they are imported separately.
order-basket = Other orders of this basket
order-basket-alone = This order is alone in its basket.
order-cancelled-at = cancelled { $at }

order-column-quantity = Quantity
order-column-amount = Amount
orders-no = no
orders-sheet-orders = Orders
orders-sheet-statistics = Statistics
orders-sheet-order_feed = Order feed
orders-profile = What the file is for
orders-profile-usual = All columns, in plain words
orders-profile-moysklad = For MoySklad
orders-profile-onec = For 1C
orders-profile-as_wb = All as Wildberries has it: its names and codes
orders-form-xlsx = Excel (XLSX)
orders-form-csv_ru = CSV for the Russian Excel: “;” and decimal commas
orders-form-csv = CSV, international: “,” and decimal points
orders-profile-own = your own
orders-profile-make = A profile of your own
orders-profile-kept = The profile is saved.
orders-profile-gone = The chosen profile has been removed in the meantime; no file was asked for. Look which profile is chosen now.
orders-profile-too-many = There are { $most } profiles already: remove some.
orders-profile-columns = Columns in order
orders-profile-column = Column
orders-profile-heading = Heading in the file
orders-profile-name = Name of the profile
orders-profile-keep = Keep this profile
orders-profile-remove = Remove the profile “{ $name }”
