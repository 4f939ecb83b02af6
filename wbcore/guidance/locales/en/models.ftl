# Models of sale, the order feed

model-fbs = FBS
model-dbs = DBS
model-dbw = DBW
model-click_collect = Pick-up

order-status-deliver = being delivered
order-status-prepare = ready to be handed over
order-status-receive = received by the buyer
order-status-reject = refused at delivery
order-status-cancel_missed_call = cancelled: buyer not reached
order-status-cancel_shelf_life = cancelled: kept too long
order-status-canceled_by_missed_call = cancelled: buyer not reached

feed-status-created = ordered
feed-status-buyout = sold
feed-status-cancel = cancelled
feed-status-return = returned
feed-status-returnDefective = returned as defective

page-orders-kind-orders = Assembly orders, all models
page-orders-kind-fbs = FBS assembly orders
page-orders-kind-dbs = DBS assembly orders
page-orders-kind-dbw = DBW assembly orders
page-orders-kind-click_collect = Pick-up
page-orders-kind-order_feed = Order feed

page-sales-title = Sales and returns of a day
page-sales-day = Day
page-sales-zone = A day is one of the time zone { $zone }.
page-sales-from-feed = From the order feed
page-sales-from-statistics = From the statistics report
page-sales-none = Nothing has been imported for this day. The order feed and the statistics are imported under "Order import".
page-sales-ordered = Ordered
page-sales-sold = Sold
page-sales-cancelled = Cancelled
page-sales-returned = Returned
page-sales-note = The feed keeps an order's last status only: what was sold and then returned is seen as a return. The statistics know orders and cancellations; sales and returns are not in them.

source-all = All new orders
source-order_feed = Order feed (all models, unpaid ones too)
phase-ended = Ended orders
phase-deliveries = Delivery dates

cli-column-model = Model
cli-column-feed-status = Status
cli-column-updated-at = Since
cli-column-city = City
cli-column-day = Day
cli-column-ordered = Ordered
cli-column-sold = Sold
cli-column-cancelled = Cancelled
cli-column-returned = Returned
cli-no-sales = Nothing has been imported for these days: first import --source order_feed or --source statistics.
cli-sales-note = Days of the time zone { $zone }. The feed keeps an order's last status only; the statistics know orders and cancellations.
cli-sales-too-long = At most { $most } days can be told at once. Choose a shorter period: --from and --to.
cli-help-sales = How much was ordered, sold, cancelled and returned on each day, from the order feed and the statistics.

method-orders-dbs-ended = Ended DBS orders
method-orders-dbs-status = Statuses of DBS orders
method-orders-dbs-delivery = Delivery dates of DBS
method-orders-dbs-client = Buyers' data of DBS
method-orders-dbw-ended = Ended DBW orders
method-orders-dbw-status = Statuses of DBW orders
method-orders-dbw-delivery = Delivery dates of DBW
method-orders-dbw-client = Buyers' data of DBW
method-orders-click_collect-ended = Ended pick-up orders
method-orders-click_collect-status = Statuses of pick-up orders
method-orders-click_collect-client = Buyers' data of pick-up
method-order_feed = Order feed
