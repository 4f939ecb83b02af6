unit-day =
    { $count } { $count ->
        [one] день
        [few] дня
       *[many] дней
    }
unit-hour = { $count } ч
unit-minute = { $count } мин
unit-second = { $count } с
currency-number = (валюта № { $number })
moment-unknown = время неизвестно
category-any = любая категория
category-none = ни одной
kind-basic = Базовый
kind-test = Тестовый
kind-personal = Персональный
kind-service = Сервисный
kind-unknown = тип не указан
method-seller-info = Информация о продавце
method-seller-news = Новости портала
method-orders-new = Новые заказы
method-orders-period = Заказы за период
method-orders-status = Статусы заказов
method-orders-client = Данные покупателей
method-orders-archive = Архив заказов
method-statistics-orders = Статистика заказов
method-orders-dbs-new = Новые заказы DBS
method-orders-dbw-new = Новые заказы DBW
method-orders-click_collect-new = Новые заказы «Самовывоз»
method-token = Проверка токена
page-language = Язык
page-gateway = Все запросы идут не в Wildberries, а на { $url }: так настроен этот WB Desk.
page-try-again = Попробовать ещё раз
page-server-away = WB Desk не отвечает. Проверьте, что он запущен и что с его компьютером есть связь: как только он ответит, страница продолжит работу сама.
page-server-away-here = WB Desk не отвечает. Если он остановлен, запустите его снова, и страница продолжит работу сама:
page-server-start = python -m wbcore serve
page-open = открыть
page-save = Сохранить
page-cancel = Отмена
page-yes = да
page-operator = оператор
page-failure-unknown = Страницу не удалось показать. Данные не пострадали, подробности записаны в журнал программы ({ $kind }). Попробуйте ещё раз; если не поможет, перезапустите WB Desk.
page-preparing = Готовим базу данных. Если её вела прежняя версия WB Desk и заказов много, это займёт несколько минут; страница откроется сама.
page-failure-settings = Настройка задана неверно. Исправьте её в переменных окружения или в файле .env и запустите WB Desk снова. Подходит: { $detail }
setting-data_dir = папка; сейчас на её месте или на пути к ней файл, либо здесь нет того, кто назван после ~
setting-gateway_url = адрес, который начинается с http:// или https:// и называет узел, например http://127.0.0.1:8899
setting-public_url = адрес, который начинается с http:// или https:// и называет узел, например https://desk.example.org
setting-lang = ru или en
setting-log_level = DEBUG, INFO, WARNING или ERROR
setting-worker = on или off
setting-zone = название часового пояса, например Europe/Moscow или Asia/Novosibirsk
setting-buyers_days = целое число дней, от 0 до 36500
setting-alerts_private = 1 или 0
setting-public = 1 или 0
setting-sign_in = 1 или 0
setting-export_folders = полные пути папок через запятую, например /srv/orders
setting-allowed_hosts = имена узлов через запятую, например desk.example.org; * не значит ничего
setting-proxies = адреса или сети через запятую, например 127.0.0.1, 172.18.0.0/16
page-failure-secret-key-wrong = Секретный ключ не подходит к сохранённым токенам. Верните прежний WB_SECRET_KEY или файл secret.key в папку данных. Если ключ потерян, выполните python -m wbcore secret reset и вставьте токены заново: заказы и история останутся.
page-failure-database-unavailable = База данных не отвечает. Проверьте, что она запущена и адрес в WB_DATABASE_URL верный, затем попробуйте ещё раз.
page-failure-database-too-new = База данных создана более новой версией WB Desk. Обновите программу и запустите её снова.
page-api-keys-title = Ключи API
environment-production = рабочий кабинет
environment-test = тестовая среда Wildberries
environment-demo = учебный кабинет
page-column-when = Когда
page-column-key = Ключ
page-column-source = Что
page-column-status = Итог
page-column-reason = Причина
page-column-expires = Срок токена
page-column-checked = Проверен
page-ago-now = только что
page-ago = { $time } назад
page-column-method = Метод
page-column-day = День
page-column-known-from = Откуда известно
page-column-ms = Время ответа, мс
page-expiry-more = Ещё ключей, у которых токен истёк или скоро истечёт: { $count }.
page-step-automatic = отметится само
page-repeat = Повторить импорт
page-use-other-key = Импортировать ключом «{ $name }»
page-link-tokens = Открыть «Интеграции по API» в личном кабинете
page-link-decoder = Открыть декодер токенов Wildberries
page-link-portal = Открыть портал Wildberries API
page-link-cabinet = Открыть личный кабинет
page-open-problems =
    { $count ->
        [one] { $count } открытая проблема
        [few] { $count } открытые проблемы
       *[many] { $count } открытых проблем
    }
