# Модели продаж, лента заказов

model-fbs = FBS
model-dbs = DBS
model-dbw = DBW
model-click_collect = Самовывоз

order-status-deliver = в доставке
order-status-prepare = готов к выдаче
order-status-receive = получен покупателем
order-status-reject = отказ при получении
order-status-cancel_missed_call = отменён: не дозвонились
order-status-cancel_shelf_life = отменён: истёк срок хранения
order-status-canceled_by_missed_call = отменён: не дозвонились

feed-status-created = оформлен
feed-status-buyout = продан
feed-status-cancel = отменён
feed-status-return = возвращён
feed-status-returnDefective = возвращён из-за брака

page-orders-kind-orders = Сборочные задания, все модели
page-orders-kind-fbs = Сборочные задания FBS
page-orders-kind-dbs = Сборочные задания DBS
page-orders-kind-dbw = Сборочные задания DBW
page-orders-kind-click_collect = Самовывоз
page-orders-kind-order_feed = Лента заказов

page-sales-title = Продажи и возвраты за день
page-sales-day = День
page-sales-zone = Часовой пояс дня: { $zone }.
page-sales-from-feed = По ленте заказов
page-sales-from-statistics = По отчёту статистики
page-sales-none = За этот день ничего не загружено. Лента заказов и статистика загружаются на странице «Импорт заказов».
page-sales-ordered = Заказано
page-sales-sold = Продано
page-sales-cancelled = Отменено
page-sales-returned = Возвращено
page-sales-note = Лента помнит у заказа только последний статус: проданное и затем возвращённое видно как возврат. Статистика знает заказы и отмены; продаж и возвратов в ней нет.

source-all = Все новые заказы
source-order_feed = Лента заказов (все модели, и неоплаченные)
phase-ended = Завершённые
phase-deliveries = Даты доставки

cli-column-model = Модель
cli-column-feed-status = Статус
cli-column-updated-at = В статусе с
cli-column-city = Город
cli-column-day = День
cli-column-ordered = Заказано
cli-column-sold = Продано
cli-column-cancelled = Отменено
cli-column-returned = Возвращено
cli-no-sales = За эти дни ничего не загружено: сначала import --source order_feed или --source statistics.
cli-sales-note = Дни по времени { $zone }. Лента помнит у заказа только последний статус; в статистике есть заказы и отмены.
cli-sales-too-long = За один раз можно узнать не больше { $most } дней. Выберите период короче: --from и --to.
cli-help-sales = Сколько заказано, продано, отменено и возвращено за каждый день, по ленте заказов и по статистике.

method-orders-dbs-ended = Завершённые заказы DBS
method-orders-dbs-status = Статусы заказов DBS
method-orders-dbs-delivery = Даты доставки DBS
method-orders-dbs-client = Данные покупателей DBS
method-orders-dbw-ended = Завершённые заказы DBW
method-orders-dbw-status = Статусы заказов DBW
method-orders-dbw-delivery = Даты доставки DBW
method-orders-dbw-client = Данные покупателей DBW
method-orders-click_collect-ended = Завершённые заказы «Самовывоз»
method-orders-click_collect-status = Статусы заказов «Самовывоз»
method-orders-click_collect-client = Данные покупателей «Самовывоз»
method-order_feed = Лента заказов
