
### Command line

cli-help = WB Desk: ключи API, заказы и состояние токенов Wildberries. Вывод для людей; с --json один документ JSON.
cli-help-json = Вывести один документ JSON, для программ.
cli-help-key = Название ключа.
cli-help-from = С этого дня включительно.
cli-help-to = По этот день включительно.
cli-help-token = Прочитать токен, ничего не отправляя.
cli-help-token-inspect = Прочитать токен из стандартного ввода или переменной WB_TOKEN. Ничего не отправляет и не сохраняет.
cli-help-keys = Ключи: токены под своими названиями.
cli-help-key-name = Название ключа, любое.
cli-help-key-add = Проверить токен из стандартного ввода или переменной WB_TOKEN и сохранить его зашифрованным.
cli-help-replace = Заменить токен у ключа с таким названием.
cli-help-key-list = Показать ключи: продавец, категории, тип, срок.
cli-help-key-remove = Удалить ключ и его токен. Заказы и история импортов останутся.
cli-help-yes = Удалить без вопроса.
cli-help-doctor = Проверить, что ключи могут сейчас и что мешает.
cli-help-import = Загрузить заказы и дождаться конца.
cli-help-source = Что загрузить: new (новые), period (за период), statistics (отчёт статистики), archive (старше трёх месяцев).
cli-help-statuses = Узнать статусы заказов после загрузки.
cli-help-clients = Загрузить данные покупателей (только трансграничные заказы).
cli-help-orders = Показать или выгрузить загруженные заказы.
cli-help-orders-source = fbs (сборочные задания) или statistics (отчёт статистики).
cli-help-status = Только заказы с этим статусом, например new или sold.
cli-help-limit = Не больше стольких строк. Без этого таблица показывает 50, выгрузка все.
cli-help-format = json, csv, xlsx или parquet; без этого таблица.
cli-help-out = Записать в этот файл.
cli-help-runs = История импортов, новые сверху.
cli-help-runs-limit = Не больше стольких импортов.
cli-help-sandbox = Запустить учебную имитацию Wildberries. Первая строка вывода: адрес и токены, документом JSON.
cli-help-port = Порт; по умолчанию 8899, а если он занят, любой свободный. 0: любой свободный.
cli-help-orders-count = Сколько новых заказов у учебного продавца.
cli-help-worker = Выполнять импорты из очереди, пока не остановят. Таких процессов может быть сколько угодно, на разных машинах.

cli-token-prompt = Токен (при вводе не виден):
cli-bad-date = «{ $value }» не похоже на дату. Нужен вид ГГГГ-ММ-ДД, например 2026-10-22.
cli-dates-swapped = Период начинается { $first }, а кончается { $last }: раньше, чем начался. Поменяйте даты местами.
cli-future-date = { $day } ещё не наступило: заказов за этот день нет.
cli-dates-not-for-new = Новые заказы загружаются все сразу, без дат. Для периода добавьте --source period.
cli-bad-name = Название ключа: от 1 до { $longest } обычных символов.
cli-key-exists = Ключ «{ $name }» уже есть. Чтобы заменить его токен, добавьте --replace.
cli-key-missing = Ключа «{ $name }» нет. Список ключей: python -m wbcore key list
cli-say-yes = Чтобы удалить ключ «{ $name }», добавьте --yes.
cli-confirm-remove = Удалить ключ «{ $name }» и его токен?
cli-key-removed = Ключ «{ $name }» удалён. Его заказы и история импортов остались.
cli-key-saved = Ключ «{ $name }» сохранён.
cli-key-saved-unverified = Ключ «{ $name }» сохранён, но не проверен: Wildberries сейчас не отвечает.
cli-key-not-saved = Ключ «{ $name }» не сохранён.
cli-no-keys = Ключей пока нет. Добавить: python -m wbcore key add НАЗВАНИЕ
cli-no-runs = Импортов ещё не было.
cli-no-orders = Заказов пока нет. Загрузить: python -m wbcore import --key НАЗВАНИЕ
cli-orders-shown = Показаны первые { $count }. Все: --limit или --format csv --out заказы.csv
cli-orders-written = { $rows ->
    [one] Записана { $rows } строка: { $file }
    [few] Записаны { $rows } строки: { $file }
   *[other] Записано { $rows } строк: { $file }
}
cli-format-unknown = Не понятно, в каком виде записать «{ $file }». Добавьте --format json, csv, xlsx или parquet.
cli-needs-out = Для { $format } нужен файл: добавьте --out ИМЯ или направьте вывод в файл.
cli-json-and-format = С --json таблица выводится как JSON. Для { $format } добавьте --out ИМЯ или уберите --json.
cli-already-running = По ключу «{ $key }» уже идёт импорт. Дождитесь его конца или остановите его на странице «Импорт заказов».
cli-stopping = Останавливаю: дописываю текущую страницу. Загруженное сохранено.

cli-none = нет
cli-never = не указан
cli-read-only = только на чтение
cli-expires = { $moment } ({ $days ->
    [one] остался { $days } день
    [few] осталось { $days } дня
   *[other] осталось { $days } дней
})
cli-expired = { $moment } (истёк)
cli-kind-basic = Базовый
cli-kind-test = Тестовый
cli-kind-personal = Персональный
cli-kind-service = Сервисный
cli-kind-unknown = Неизвестен
cli-capability-ok = работает
cli-capability-denied = нет доступа
cli-capability-error = ошибка
cli-capability-unknown = неизвестно
cli-evidence-token = по токену
cli-evidence-probe = проверено
cli-latency = { $ms } мс
cli-run-queued = В очереди
cli-run-running = Идёт
cli-run-waiting = Ждёт лимит WB
cli-run-done = Готово
cli-run-failed = Не удалось
cli-run-cancelled = Остановлен
cli-source-new = Новые
cli-source-period = За период
cli-source-statistics = Статистика
cli-source-archive = Архив
cli-phase-orders = Заказы
cli-phase-statuses = Статусы
cli-phase-clients = Покупатели
cli-phase-start = Начинаю
cli-progress = строк { $fetched }, запросов { $requests }
cli-progress-wait = жду лимит WB: { $seconds } с

cli-column-status = { " " }
cli-column-name = Название
cli-column-seller = Продавец
cli-column-kind = Тип
cli-column-categories = Категории
cli-column-unknown-bits = Неизвестные биты
cli-column-expires = Действует до
cli-column-days-left = Дней
cli-column-seller-id = ID продавца
cli-column-fingerprint = Отпечаток
cli-column-capability = Метод
cli-column-started = Начало
cli-column-key = Ключ
cli-column-source = Что
cli-column-result = Итог
cli-column-fetched = Получено
cli-column-created = Создано
cli-column-updated = Обновлено
cli-column-unchanged = Без изменений
cli-column-rejected = Не прочитано
cli-column-requests = Запросов
cli-column-duration = Время
cli-column-waited = Ожидание лимита
cli-column-order-id = Задание
cli-column-created-at = Создан
cli-column-article = Артикул
cli-column-nm-id = Артикул WB
cli-column-price = Цена
cli-column-supplier-status = Статус продавца
cli-column-wb-status = Статус WB
cli-column-srid = SRID
cli-column-warehouse = Склад
cli-column-region = Регион

cli-settings-title = Настройка задана неверно
cli-settings-summary = Исправьте переменную окружения или файл .env: { $detail }
cli-secret-key-title = Сохранённые токены не открываются этим ключом шифрования
cli-secret-key-summary = Верните прежний файл ключа в папку данных или прежнее значение WB_SECRET_KEY. Подробность: { $detail }
cli-database-too-new-title = База данных новее программы
cli-database-too-new-summary = С этой базой уже работала более новая версия. Обновите программу; база не тронута. Подробность: { $detail }
cli-database-unavailable-title = База данных не отвечает
cli-database-unavailable-summary = Проверьте WB_DATABASE_URL и место на диске, потом повторите. Подробность: { $detail }
cli-no-permission-title = Нет прав на файл
cli-no-permission-summary = Программа не может прочитать или записать файл: { $detail }
cli-disk-title = Не удалось прочитать или записать файл
cli-disk-summary = Проверьте папку и место на диске: { $detail }
cli-unexpected-title = Не получилось, и причина программе неизвестна
cli-unexpected-summary = Подробности записаны в журнал в папке данных. Повторите; если не поможет, передайте журнал разработчику. { $detail }
