# Страница заказов: колонки, фильтры, мои виды, карточка

order-column-number = Номер
order-column-created = Создан
order-column-age = Ждёт
order-column-article = Артикул
order-column-nm = Артикул WB
order-column-barcode = Штрихкод
order-column-price = Цена
order-column-full_price = Цена до скидки
order-column-buyer_price = Цена для покупателя
order-column-currency = Валюта
order-column-supplier_status = Статус продавца
order-column-wb_status = Статус Wildberries
order-column-status_at = Статус получен
order-column-feed_status = Статус
order-column-status_since = В статусе с
order-column-model = Модель
order-column-delivery = Доставка
order-column-office = Офис приёмки
order-column-warehouse = Склад продавца, номер
order-column-warehouse_name = Склад
order-column-supply = Поставка
order-column-marking = Маркировка
order-column-zero = Нулевой заказ
order-column-b2b = Покупает компания
order-column-basket = Корзина
order-column-rid = Номер в отчётах
order-column-chrt = Размер, номер WB
order-column-region = Регион
order-column-city = Город
order-column-cancelled = Отменён
order-column-cancelled_at = Когда отменён
order-column-own_warehouse = Со склада продавца
order-column-seller = Продавец
order-column-key = Ключ

order-mark-sgtin = код «Честный знак»
order-mark-uin = УИН украшения
order-mark-imei = IMEI
order-mark-gtin = GTIN
order-mark-expiration = срок годности
order-mark-customsdeclaration = номер таможенной декларации

orders-search-example = Часть номера, артикула или штрихкода
orders-search-digits = Часть номера заказа ищется, начиная с { $least } цифр. Наберите ещё.
orders-filters = Фильтры
orders-filters-set = Фильтры: { $count }
orders-choices-cut = Предложены последние значения, не больше { $shown }: { $names }.
orders-filters-clear = Убрать все фильтры
orders-columns = Колонки
orders-columns-chosen = Какие колонки показывать, по порядку
orders-columns-kept = Выбор запоминается за вами.
orders-columns-usual = Вернуть обычные колонки
orders-all-sellers = Все продавцы
orders-sort = Порядок
orders-sort-date = Сначала новые
orders-sort-sum = Сначала дорогие
orders-status-to_assemble = Собрать: новые и на сборке
orders-status-cancelled = Отменённые и отказы
orders-status-stage_new = Новые, кроме отменённых
orders-status-stage_assembly = На сборке, кроме отменённых
orders-status-stage_moving = В пути
orders-status-stage_sold = Выкупленные
orders-status-stage_unknown = Статус ещё не известен
orders-beside = Только:
orders-beside-remove = Убрать это условие
orders-beside-without = { $name }: не указан
orders-beside-currency = валюта: { $currency }
orders-beside-hours = с { $first } до { $last }
orders-beside-moscow = дни по Москве
orders-beside-lost = отмену увидели { $day }
orders-beside-taken = взяты на сборку: { $within }
orders-marking-any = Неважно
orders-marking-yes = Нужна
orders-marking-no = Не нужна
orders-only-zero = Только нулевые заказы
orders-only-b2b = Только заказы компаний

orders-views = Мои виды
orders-views-none = Здесь будут ваши виды: настройте фильтры и сохраните их под именем.
orders-view-name = Имя вида
orders-view-keep = Сохранить вид
orders-view-kept = Вид сохранён.
orders-view-nameless = Дайте виду имя.
orders-view-too-many = Видов уже { $most }: удалите ненужные.
orders-view-remove = Удалить вид «{ $name }»
orders-view-send = Этот адрес открывает тот же список. Его можно послать коллеге: он увидит заказы своих продавцов.

orders-worth = На сумму { $amount }
orders-worth-newest = { $count ->
    [one] { $count } новейший
   *[many] { $count } новейших
} на сумму { $amount }
orders-found = Найдено: { $count } на сумму { $amount }
orders-found-more = Найдено больше { $count }; { $count ->
    [one] новейший { $count }
   *[many] новейшие { $count }
} на сумму { $amount }. Дальше не считаем, чтобы страница открывалась быстро
orders-found-none-yet = Среди просмотренных таких заказов нет
orders-sorted = По убыванию суммы
orders-sorted-newest = По убыванию суммы среди { $count ->
    [one] { $count } новейшего
   *[many] { $count } новейших
}
orders-sorted-apart = Каждая валюта отдельно
orders-place = Страница { $page } · заказы { $first }–{ $last } из { $count }
orders-place-more = Страница { $page } · заказы { $first }–{ $last }, всего больше { $count }
orders-looked-until = Просмотрены заказы до { $until }. Более старые ещё не просмотрены.
orders-look-on = Искать дальше

order-needs = Нужно: { $marks }
order-needs-nothing = не нужна
order-product = Товар { $nm } на Wildberries
order-came = создан
order-history-none = Смены статуса WB Desk не застал.
order-reports = В отчётах
order-reports-none = В статистике и ленте заказов этого заказа нет: они загружаются отдельно.
order-basket = Другие заказы этой корзины
order-basket-alone = В корзине только этот заказ.
order-cancelled-at = отменён { $at }

order-column-quantity = Количество
order-column-amount = Сумма
orders-no = нет
orders-sheet-orders = Заказы
orders-sheet-statistics = Статистика
orders-sheet-order_feed = Лента заказов
orders-profile = Для чего файл
orders-profile-usual = Все колонки, понятными словами
orders-profile-moysklad = Для МоегоСклада
orders-profile-onec = Для 1С
orders-profile-as_wb = Всё как у Wildberries: его названия и коды
orders-form-xlsx = Excel (XLSX)
orders-form-csv_ru = CSV для русского Excel: «;» и запятая в дробях
orders-form-csv = CSV международный: «,» и точка в дробях
orders-profile-own = свой
orders-profile-make = Свой профиль
orders-profile-kept = Профиль сохранён.
orders-profile-gone = Выбранный профиль за это время удалили, файл не заказан. Проверьте, какой профиль выбран теперь.
orders-profile-too-many = Профилей уже { $most }: удалите ненужные.
orders-profile-columns = Колонки по порядку
orders-profile-column = Колонка
orders-profile-heading = Заголовок в файле
orders-profile-name = Имя профиля
orders-profile-keep = Сохранить профиль
orders-profile-remove = Удалить профиль «{ $name }»
