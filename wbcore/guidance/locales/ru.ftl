
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
cli-port-taken = На порту { $port } запустить не удалось ({ $detail }). Укажите другой: --port НОМЕР, или --port 0.
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
cli-source-statuses = Статусы
cli-source-dbs = Новые DBS
cli-source-dbw = Новые DBW
cli-source-click_collect = Новые «Самовывоз»
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

### Guidance

unit-day = { $count } { $count ->
    [one] день
    [few] дня
   *[many] дней
 }
unit-hour = { $count } ч
unit-minute = { $count } мин
unit-second = { $count } с
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

diag-scope_missing-title = Токену не хватает категории «{ $category }»
diag-scope_missing-summary = Wildberries не пускает токен ключа «{ $key }» к методу «{ $method }»: для него нужна категория «{ $category }», а у токена есть: { $present }. Добавить категорию к готовому токену нельзя, нужен новый.
diag-scope_missing-category_missing = Для методов категории «{ $category }» токен ключа «{ $key }» не подходит: у него есть только такие категории: { $present }. Добавить категорию к готовому токену нельзя, нужен новый.
diag-scope_missing-bits_say_yes = Категория «{ $category }» у токена есть, но Wildberries всё равно отвечает отказом. Похоже, что-то изменилось на стороне Wildberries: проверьте токен в декодере и напишите в поддержку, текст ниже готов.
diag-scope_missing-used_to_work = Раньше этот токен работал (последний раз { $worked_until }), а теперь Wildberries отвечает отказом. Возможно, токен изменили или удалили в личном кабинете.
diag-scope_missing-other_key_has_it = У токена ключа «{ $key }» нет категории «{ $category }», но она есть у другого вашего ключа: «{ $other_key }». Можно продолжить с ним или сделать новый токен.

diag-wrong_environment-title = Токен от другой среды Wildberries
diag-wrong_environment-summary = Тестовые токены работают только в тестовой среде Wildberries, обычные только в рабочей.
diag-wrong_environment-test_on_production = Это тестовый токен: он работает только в тестовой среде Wildberries, а метод «{ $method }» есть только в рабочей. Нужен обычный токен.
diag-wrong_environment-production_on_test = Это обычный токен, а запрос ушёл в тестовую среду Wildberries. Для неё нужен тестовый токен.

diag-token_expired-title = Срок действия токена истёк
diag-token_expired-summary = Wildberries больше не принимает токен ключа «{ $key }»: срок его действия истёк. Токен живёт 180 дней, потом нужен новый.
diag-token_expired-said_by_wb = Wildberries больше не принимает токен ключа «{ $key }»: срок его действия истёк. Токен живёт 180 дней, потом нужен новый.
diag-token_expired-expired_since = Срок действия токена{ $named ->
    [no] {""}
   *[other] {" "}ключа «{ $key }»
 } истёк { $expires_at }.{ $stopped ->
    [0] {""}
    [one] {" "}С тех пор не прошёл { $stopped } импорт.
    [few] {" "}С тех пор не прошли { $stopped } импорта.
   *[other] {" "}С тех пор не прошли { $stopped } импортов.
 } Токен живёт 180 дней, потом нужен новый.

diag-token_expiring-title = Срок действия токена скоро истечёт
diag-token_expiring-summary = Токен{ $named ->
    [no] {""}
   *[other] {" "}ключа «{ $key }»
 } перестанет работать { $expires_at }, осталось { $days ->
    [0] меньше дня
    [one] { $days } день
    [few] { $days } дня
   *[other] { $days } дней
 }. Лучше создать новый заранее, чтобы импорт не прерывался.

diag-token_malformed-title = Это не похоже на целый токен Wildberries
diag-token_malformed-summary = Токен не удалось прочитать. Скопируйте его в личном кабинете ещё раз, целиком.
diag-token_malformed-empty = Поле с токеном пустое. Скопируйте токен в личном кабинете и вставьте его целиком.
diag-token_malformed-cut = Токен скопирован не целиком: в нём { $length } символов, конец или начало потерялись.
diag-token_malformed-foreign = Это ключ другого сервиса, а не токен Wildberries.
diag-token_malformed-two_tokens = Вставлено два токена подряд. Нужен один.
diag-token_malformed-not_wb = Это токен, но не от Wildberries: в нём нет данных продавца.
diag-token_malformed-garbage = Это не токен Wildberries: в тексте есть лишние или изменённые символы.
diag-token_malformed-too_long = Вставлен слишком длинный текст: { $length } символов. В токене Wildberries их около 500.
diag-token_malformed-said_by_wb = Wildberries не может прочитать этот токен: похоже, при копировании он изменился.

diag-token_withdrawn-title = Токен удалён в личном кабинете
diag-token_withdrawn-summary = Токен ключа «{ $key }» удалили в личном кабинете Wildberries, он больше не работает. Нужен новый токен.

diag-token_read_only-title = Токен только на чтение
diag-token_read_only-summary = Метод «{ $method }» меняет данные, а токен ключа «{ $key }» создан с отметкой «Только на чтение».

diag-token_type_not_allowed-title = Этот тип токена здесь не подходит
diag-token_type_not_allowed-summary = Тип токена: { $kind }. Для WB Desk, который работает на вашем компьютере, подходит персональный токен.
diag-token_type_not_allowed-closed = Wildberries не пускает токены такого типа ({ $kind }) к методу «{ $method }». Для WB Desk подходит персональный токен.
diag-token_type_not_allowed-service = Это сервисный токен: он выдан одному сервису из каталога Wildberries. Для WB Desk, который работает на вашем компьютере, подходит персональный токен.
diag-token_type_not_allowed-basic = Это базовый токен: он работает, но лимиты у него очень маленькие, например статистика заказов раз в 3 часа. С персональным токеном ждать почти не придётся.

diag-seller_mismatch-title = Токен другого продавца
diag-seller_mismatch-summary = Ключ «{ $key }» принадлежит продавцу «{ $seller }», а новый токен продавцу «{ $other_seller }». Токен не сохранён, чтобы заказы двух продавцов не смешались.

diag-access_denied-title = У продавца нет доступа к этому методу
diag-access_denied-summary = Категория у токена верная, но Wildberries не разрешает этому продавцу или пользователю метод «{ $method }».

diag-payment_required-title = Wildberries просит оплатить доступ
diag-payment_required-summary = Так отвечают сервисам из каталога Wildberries. С персональным токеном этот метод бесплатный.

diag-rate_limited-title = Лимит запросов Wildberries израсходован
diag-rate_limited-summary = Wildberries просит подождать { $wait }. Лимит общий для всех программ этого продавца.
diag-rate_limited-burst = Wildberries просит подождать { $wait }. Лимит общий для всех программ этого продавца; запросы раньше времени только продлят ожидание.
diag-rate_limited-basic_quota = У базового токена маленькие лимиты: статистика заказов раз в 3 часа, информация о продавце раз в сутки. Следующий запрос можно отправить через { $wait }.

diag-endpoint_retired-title = Wildberries убрал или перенёс этот метод
diag-endpoint_retired-summary = Метода «{ $method }» по этому адресу больше нет. Токен здесь ни при чём.

diag-method_disabled-title = Wildberries временно отключил этот метод
diag-method_disabled-summary = Метод «{ $method }» временно отключён на стороне Wildberries. Токен здесь ни при чём, нужно подождать.

diag-bad_request-title = Wildberries не принял запрос
diag-bad_request-summary = Wildberries считает запрос к методу «{ $method }» неправильным. Его ответ: { $excerpt }

diag-wb_unavailable-title = Wildberries сейчас не отвечает
diag-wb_unavailable-summary = Сервер Wildberries отвечает ошибкой { $status } после нескольких попыток. Токен и настройки здесь ни при чём.

diag-network_unreachable-title = Нет связи с Wildberries
diag-network_unreachable-summary = Запрос не дошёл до Wildberries.
diag-network_unreachable-dns = Компьютер не находит адрес Wildberries. Обычно это значит, что нет интернета или не работает DNS.
diag-network_unreachable-refused = Адрес Wildberries отказывается соединяться. Возможно, соединение блокирует сетевой экран или прокси.
diag-network_unreachable-tls = Защищённое соединение с Wildberries не удалось. Частые причины: неверная дата на компьютере или проверка трафика в сети.
diag-network_unreachable-timeout = Wildberries не ответил вовремя, несколько попыток подряд.
diag-network_unreachable-dropped = Соединение с Wildberries обрывается.
diag-network_unreachable-other = Запрос не дошёл до Wildberries, причина в сети.

diag-unexpected_response-title = Неожиданный ответ вместо данных
diag-unexpected_response-summary = Ответ на метод «{ $method }» не похож на то, что описывает Wildberries.
diag-unexpected_response-html = Вместо данных пришла веб-страница. Часто её подставляет сеть: вход в Wi-Fi, прокси или заглушка на время работ.
diag-unexpected_response-not_json = Ответ на метод «{ $method }» не удалось прочитать.
diag-unexpected_response-wrong_shape = Ответ на метод «{ $method }» устроен не так, как описывает Wildberries. Загруженное раньше не пострадало.
diag-unexpected_response-truncated = Ответ Wildberries обрывается на середине, несколько попыток подряд.
diag-unexpected_response-redirect = Вместо ответа Wildberries запрос отправляют на другой адрес. WB Desk туда не пошёл, чтобы не раскрыть токен.

diag-unknown-title = Неизвестная ошибка
diag-unknown-summary = Такого ответа WB Desk ещё не знает. Вот он: { $excerpt }
diag-unknown-answer = Такого ответа Wildberries WB Desk ещё не знает. Вот он: { $status } { $excerpt }
diag-unknown-internal = Внутри WB Desk что-то пошло не так ({ $excerpt }). Загруженное раньше не пострадало; подробности записаны в журнал.

step-create_token = { $scoped ->
    [no] В личном кабинете откройте Профиль → Интеграции → API и создайте новый персональный токен
   *[other] В личном кабинете откройте Профиль → Интеграции → API и создайте новый персональный токен с категорией «{ $category }»
 }
step-create_writing_token = В личном кабинете откройте Профиль → Интеграции → API и создайте новый токен без отметки «Только на чтение»
step-create_personal_token = В личном кабинете откройте Профиль → Интеграции → API и создайте персональный токен
step-create_production_token = В личном кабинете откройте Профиль → Интеграции → API и создайте новый токен для нужной среды
step-save_token = { $named ->
    [no] Скопируйте токен целиком, вставьте его в разделе «Ключи API» → Wildberries и сохраните
   *[other] Скопируйте новый токен целиком и вставьте его в разделе «Ключи API» → Wildberries, ключ «{ $key }»
 }
step-check_import = Повторите импорт: он должен пройти без ошибок
step-no_error_since = После этого ошибка больше не появлялась в журнале
step-use_other_key = Импортируйте заказы ключом «{ $other_key }»: у него есть категория «{ $category }»
step-wait_for_quota = Подождите { $wait }: до { $until } запросы отправлять нельзя
step-copy_again = Скопируйте токен в личном кабинете ещё раз. Он показывается целиком только при создании: если окно уже закрыто, создайте новый токен
step-look_in_cabinet = Посмотрите в личном кабинете, есть ли ещё этот токен и какие у него категории
step-check_decoder = Проверьте токен в декодере Wildberries: какие категории он показывает
step-check_wb_status = Посмотрите на портале Wildberries API, нет ли сообщения о работах
step-check_network = Проверьте, открываются ли на этом компьютере другие сайты
step-check_clock = Проверьте дату и время на этом компьютере
step-check_portal = Откройте личный кабинет Wildberries в браузере: если сеть просит войти, войдите
step-check_role = Проверьте, что у пользователя, который создал токен, есть доступ к этому разделу личного кабинета
step-check_seller_active = Проверьте, что кабинет продавца активен
step-check_seller = Проверьте, какой продавец выбран в личном кабинете, и создайте токен у нужного
step-add_as_new_key = Если нужен и второй продавец, добавьте его токен как новый ключ
step-check_period = Проверьте даты: период не длиннее 30 дней за один запрос и не раньше трёх месяцев назад
step-wait_for_wb = Подождите, пока Wildberries снова включит метод
step-update_program = Обновите WB Desk: новая версия может знать новый адрес метода
step-contact_support = Напишите в поддержку Wildberries: диалоги в личном кабинете, категория API. Текст ниже готов

step-note-system = проверено { $at }
step-note-operator = отметил(а) { $who }, { $at }
step-note-undone = было сделано, но с { $at } снова не сделано

diag-help-category = Убедитесь, что токен создан с правильной категорией: «{ $category }»
diag-help-expiry = Проверьте, что срок действия токена не истёк
diag-help-seller = Убедитесь, что аккаунт продавца активен
diag-help-support = Напишите в поддержку Wildberries: диалоги в личном кабинете продавца, категория API

support-greeting = Здравствуйте. Запрос к API Wildberries завершается ошибкой.
support-method = Метод и адрес
support-status = Код ответа HTTP
support-detail = Текст ошибки
support-request-id = requestId
support-origin = origin
support-code = code
support-time = timestamp
support-categories = Категории токена
support-question = Подскажите, пожалуйста, в чём причина и как её устранить.
support-no-token = Сам токен не пересылайте в сообщениях: он показывается один раз, вставьте его сразу в WB Desk.

goal-orders = Загружать заказы (FBS)
goal-statistics = Загружать статистику заказов
goal-both = И заказы, и статистику

### Jobs

jobs-demo-shop = Учебный магазин
jobs-demo-statistics = Учебный магазин, только статистика

### Pages

page-language = Язык
page-gateway = Все запросы идут не в Wildberries, а на { $url } (WB_GATEWAY_URL).
page-try-again = Попробовать ещё раз
page-open = открыть
page-save = Сохранить
page-cancel = Отмена
page-yes = да
page-operator = оператор

page-failure-unknown = Страницу не удалось показать. Данные не пострадали, подробности записаны в журнал ({ $kind }). Попробуйте ещё раз; если не поможет, перезапустите WB Desk.
page-failure-settings = Неверное значение настройки: { $names }. Исправьте её и запустите WB Desk снова.
page-failure-secret-key-wrong = Секретный ключ не подходит к сохранённым токенам. Верните прежний WB_SECRET_KEY или файл ключа в папке данных; либо удалите ключи API и добавьте их снова.
page-failure-database-unavailable = База данных не отвечает. Проверьте, что она запущена и адрес в WB_DATABASE_URL верный, затем попробуйте ещё раз.
page-failure-database-too-new = База данных создана более новой версией WB Desk. Обновите программу и запустите её снова.

page-overview-title = Обзор
page-api-keys-title = Ключи API
page-order-import-title = Импорт заказов
page-orders-title = Заказы
page-token-health-title = Состояние токенов

page-overview-welcome = Здравствуйте. WB Desk загружает заказы с Wildberries и подсказывает, что делать, если Wildberries отказывает.
page-overview-own-title = У меня есть кабинет продавца
page-overview-own = Вставьте токен из личного кабинета Wildberries: WB Desk сразу скажет, что с ним можно делать.
page-overview-add-key = Добавить ключ
page-overview-demo-title = Хочу сначала посмотреть
page-overview-demo = Учебный кабинет с выдуманными заказами: ничего не отправляется в Wildberries. В нём два ключа, одному намеренно не хватает категории «Маркетплейс».
page-overview-try-demo = Попробовать на учебном кабинете
page-overview-demo-starting = Готовим учебный кабинет…
page-overview-next = Импортов ещё не было. Следующий шаг: откройте «Импорт заказов», выберите ключ и нажмите «Импортировать заказы».
page-overview-open = Открыть WB Desk
page-overview-attention = Требует внимания
page-overview-all-well = Всё в порядке: открытых вопросов нет.
page-overview-orders = Заказов всего
page-overview-new = Новых
page-overview-sold = Выкуплено
page-overview-statistics = Строк статистики
page-overview-last-imports = Последние импорты
page-overview-solved = Решённые вопросы: { $count }

page-key-name = Название
page-key-name-example = Например: Мой магазин
page-key-name-empty = Дайте ключу название, чтобы отличать его от других.
page-key-name-taken = Ключ с названием «{ $name }» уже есть. Выберите другое название или замените токен у этого ключа.
page-key-token = Токен
page-key-token-help = Токен показывается в личном кабинете один раз, при создании. Здесь он хранится в зашифрованном виде и больше нигде не показывается.
page-key-check = Проверить и сохранить
page-key-checking = Проверяем токен…
page-key-saved = Ключ «{ $name }» проверен и сохранён.
page-key-saved-unverified = Ключ «{ $name }» сохранён, но проверить его сейчас не удалось: Wildberries не ответил.
page-key-not-saved = Ключ не сохранён.
page-key-categories = Категории: { $names }
page-key-read-only = Только на чтение
page-key-expired = срок истёк { $at }
page-key-expires = до { $at }, { $days ->
    [0] остался последний день
    [one] остался { $days } день
    [few] осталось { $days } дня
   *[other] осталось { $days } дней
 }
page-key-replace = Заменить токен
page-key-replace-for = Новый токен для ключа «{ $name }». Заказы и история останутся. Прежний токен заменится, только если новый подойдёт.
page-key-rename = Переименовать
page-key-remove = Удалить
page-key-remove-sure = Удалить ключ «{ $name }» и его токен? Загруженные заказы и история импортов останутся.
page-key-remove-yes = Да, удалить
page-key-seller-unknown = Продавец ещё не известен
page-key-fingerprint = Отпечаток { $fingerprint }
page-key-verified = Wildberries принял токен { $at }
page-key-unverified = ещё не проверен в Wildberries
page-key-unknown-bits = У токена есть категории, которых WB Desk ещё не знает: { $bits }
page-keys-saved = Сохранённые ключи: { $count }
page-keys-none = Пока ни одного. Вставьте токен в форму выше.
page-demo-remove = Удалить учебный кабинет

environment-production = рабочий кабинет
environment-test = тестовая среда Wildberries
environment-demo = учебный кабинет

page-token-which = Какой токен мне нужен?
page-token-goal = Что вы хотите делать
page-token-where = В личном кабинете: Профиль → Интеграции → API → создать новый токен. Отметьте галочки так:
page-token-kind = Тип токена: **{ $kind }**. Он для программ на вашем компьютере; не передавайте его чужим сервисам.
page-token-read-only = WB Desk только читает, поэтому отметка «Только на чтение» безопаснее.

page-import-key = Ключ
page-import-source = Что загрузить
page-import-press = Импортировать заказы
page-import-choose-dates = Выбрать даты
page-import-dates = Даты, включительно
page-import-more = Дополнительно
page-import-statuses = Узнать статусы заказов
page-import-clients = Загрузить данные покупателей
page-import-clients-note = Wildberries отдаёт их только для трансграничных заказов. Это персональные данные, они хранятся зашифрованными.
page-import-can = Этот ключ может загрузить заказы сейчас.
page-import-until = Токен действует до { $at }.
page-import-planned = Запросов понадобится не меньше: { $count }.
page-import-will-fail = С этим токеном импорт не пройдёт: ничего не отправится, а WB Desk подскажет, что сделать.
page-import-already = Импорт ключа «{ $key }» уже идёт, второй не нужен. Вот его ход.
page-import-no-keys = Сначала добавьте ключ API.

page-run-queued = В очереди
page-run-queued-alone = В очереди, ждёт исполнителя
page-run-no-worker = Исполнитель запускается. Обычно это занимает несколько секунд.
page-run-worker-off = На этом компьютере исполнитель выключен (WB_WORKER=off). Импорт начнётся, когда его возьмёт исполнитель на другом.
page-run-starting = Начинаем
page-run-progress = { $phase }: загружено страниц { $pages }
page-run-waiting = Ждём лимит WB: { $wait }
page-run-stop = Остановить
page-run-stopping = Останавливаем после текущей страницы…
page-run-leave = Страницу можно закрыть: импорт продолжится.
page-run-facts = Закончен { $at }, длился { $duration }, запросов к Wildberries: { $requests }
page-run-nothing = Wildberries сейчас не отдал ни одного заказа для этого выбора. Это не ошибка.
page-run-solved = Решено: { $title }
page-run-see-orders = Посмотреть заказы
page-run-cancelled-note = Всё, что успело загрузиться, сохранено. Можно импортировать снова.
page-run-gone = Этого импорта или его ключа больше нет.
page-count-fetched = Получено
page-count-created = Новых
page-count-updated = Изменилось
page-count-unchanged = Без изменений
page-count-rejected = Не прочитано
page-rejected = Строки, которые не удалось прочитать: { $count }
page-rejected-note = Они сохранены целиком, как пришли, и ничего не потеряно.
page-rejected-row = Причина: { $reason }

phase-orders = Заказы
phase-statuses = Статусы
phase-clients = Покупатели

page-history-title = История импортов
page-history-empty = Импортов ещё не было.
page-history-more = Показать ещё
page-column-when = Когда
page-column-key = Ключ
page-column-source = Что
page-column-status = Итог
page-column-fetched = Получено
page-column-reason = Причина
page-column-order = Номер
page-column-created = Создан
page-column-article = Артикул
page-column-price = Цена
page-column-finished-price = Цена для покупателя
page-column-supplier-status = Статус продавца
page-column-wb-status = Статус Wildberries
page-column-warehouse = Склад
page-column-region = Регион
page-column-cancelled = Отменён
page-column-expires = Срок токена
page-column-checked = Проверен

source-new = Новые заказы (FBS)
source-period = Заказы за период (FBS)
source-archive = Архив: старше трёх месяцев (FBS)
source-statistics = Статистика заказов
source-statuses = Только статусы
source-dbs = Новые заказы DBS
source-dbw = Новые заказы DBW
source-click_collect = Новые заказы «Самовывоз»

status-queued = в очереди
status-running = идёт
status-waiting = ждёт лимит
status-done = готово
status-failed = не удалось
status-cancelled = остановлен

order-status-new = новый
order-status-confirm = на сборке
order-status-complete = в доставке
order-status-cancel = отменён продавцом
order-status-cancel_carrier = отменён перевозчиком
order-status-waiting = в работе
order-status-sorted = отсортирован
order-status-sold = выкуплен
order-status-canceled = отменён
order-status-canceled_by_client = отменён покупателем
order-status-declined_by_client = отказ при получении
order-status-defect = брак
order-status-ready_for_pickup = ждёт в пункте выдачи
order-status-postponed_delivery = доставка отложена
order-status-accepted_by_carrier = принят перевозчиком
order-status-sent_to_carrier = передан перевозчику
order-status-canceled_by_carrier = отменён перевозчиком

page-orders-all = Все ключи
page-orders-any = Любой
page-orders-kind = Данные
page-orders-kind-fbs = Сборочные задания
page-orders-kind-statistics = Статистика заказов
page-orders-status = Статус
page-orders-dates = Даты создания
page-orders-search = Поиск
page-orders-search-example = Номер, артикул или rid целиком
page-orders-total = Всего загружено: { $total }
page-orders-empty = Здесь появятся заказы после первого импорта.
page-orders-none-found = По этим условиям ничего не найдено. Измените или уберите фильтры.
page-orders-back = Назад
page-orders-next = Дальше
page-orders-page = Страница { $page }
page-orders-download = Скачать файлом
page-orders-format = Формат
page-orders-save = Скачать
page-order-title = Заказ { $id }
page-order-history = История статусов
page-order-raw = Всё, что прислал Wildberries
page-order-buyer = Показать покупателя
page-order-buyer-none = Данные покупателя не загружались.

page-health-check = Проверить сейчас
page-health-planned = Проверка отправит запросов: { $count }. Что известно из токена и недавних импортов, не спрашивается.
page-health-checking = Проверяем ключи: готово { $done } из { $all }
page-health-worker-off = На этом компьютере исполнитель выключен (WB_WORKER=off). Проверку выполнит исполнитель на другом.
page-health-seller = Продавец
page-health-all-sellers = Все продавцы
page-health-nothing-found = По этому запросу ключей нет. Сотрите поиск или выберите другого продавца.
page-health-choose = Отметьте строку, чтобы увидеть по каждому методу, откуда это известно и когда проверено.
page-health-ms = { $ms } мс
page-ago-now = только что
page-ago = { $time } назад
page-health-never = ещё не проверялся
page-health-days = { $days ->
    [one] { $days } день
    [few] { $days } дня
   *[other] { $days } дней
 }, до { $at }
page-health-search = Найти ключ или продавца
page-health-page = Страница из { $pages }
page-health-legend = ✓ работает · ✕ нет доступа · ⚠ не работает у Wildberries, токен ни при чём · ! ошибка в ответе · ? ещё не известно. Дальше: когда Wildberries это подтвердил и за сколько ответил; «по токену» значит, что запрос не нужен.
page-health-report-ok = Проверка закончена: всё работает.
page-health-report-warning = Проверка закончена: есть замечания, они ниже.
page-health-report-error = Проверка закончена: есть ошибки, что делать, написано ниже.
capability-ok = работает
capability-denied = нет доступа
capability-error = ошибка в ответе
capability-broken = не работает у WB
capability-unknown = не известно
evidence-token = по токену
evidence-probe = проверено

page-schedule-title = Повторять автоматически (включено: { $count })
page-schedule-new = Новое расписание для «{ $source }»
page-schedule-mode = Как повторять
page-schedule-every = Через равные промежутки
page-schedule-daily = Ежедневно
page-schedule-minutes = Промежуток, минут
page-schedule-at = Время
page-schedule-save = Включить расписание

page-alerts-title = Оповещения (каналов: { $count })
page-alerts-note = О каждой проблеме придёт одно сообщение, и ещё одно, когда она решена.
page-alerts-name-example = Например: Телеграм Анны
page-alerts-name-empty = Дайте каналу название.
page-alerts-url = Адрес канала
page-alerts-url-help = Адрес в виде mailto://… или tgram://…. Он хранится зашифрованным и больше не показывается.
page-alerts-quiet = Не присылать в тихие часы
page-alerts-quiet-hours = Тихие часы: с { $begin } до { $end }
page-alerts-from = Тихо с
page-alerts-to = Тихо до
page-alerts-hours-wrong = Тихие часы указаны неверно: начало и конец должны различаться.
page-alerts-add = Добавить канал
page-alerts-test = Проверить канал
page-alerts-sending = Отправляем…
page-alerts-sent = Проверочное сообщение отправлено.

page-health-incident = На стороне Wildberries не работает { $host }: { $methods }. Продавцов, у которых так: { $sellers }. Токен здесь ни при чём.
page-health-since = Началось { $at }.
page-health-retired = Wildberries убрал или перенёс метод «{ $method }». Токен здесь ни при чём.
page-health-history = История за 30 дней
page-health-no-history = Пока нечего показать: история начнётся с первой проверки или импорта.
page-health-stands = { $method }: { $status } с { $at }
page-health-worked = До этого работало, последний раз { $at }.
page-health-latency = Время ответа Wildberries, мс
page-health-expiry = Когда истекают токены
page-health-expiry-note = Число рядом с точкой: сколько дней осталось.
page-health-categories = Все категории ключей
page-health-background = Проверять автоматически
page-health-background-every = Как часто
page-health-background-off = только по кнопке и после неудачного импорта
page-health-background-note = Проверка спрашивает только то, чего ещё не известно, и бережёт лимит Wildberries.
page-column-method = Метод
page-column-day = День
page-column-known-from = Откуда известно
page-column-days = Дней осталось
page-column-ms = Мс
page-news-title = Новости портала Wildberries
page-news-none = Новостей пока нет. Следующий раз спросим { $at }.
page-news-at = Получено { $at }

page-checklists-more = Показаны самые важные: { $shown } из { $all }. Остальные появятся, когда решены эти.
page-expiry-more = Ещё ключей, у которых токен истёк или скоро истечёт: { $count }.
page-checklist-progress = Сделано шагов: { $done } из { $all }
page-checklist-solved = Решено { $at }
page-checklist-help = Если не помогло
page-checklist-send = Переслать владельцу кабинета
page-checklist-reopen = Открыть снова
page-checklist-gone = Этого списка больше нет.
page-support-copy = Готовый текст для поддержки Wildberries (диалоги в личном кабинете, категория API). Токена в нём нет.
page-messenger-copy = Готовое сообщение: его может выполнить тот, у кого есть доступ к личному кабинету.
page-support-pack = Скачать файл для разработчика
page-step-automatic = отметится само
page-repeat = Повторить импорт
page-use-other-key = Импортировать ключом «{ $name }»
page-link-tokens = Открыть раздел API в личном кабинете
page-link-decoder = Открыть декодер токенов Wildberries
page-link-portal = Открыть портал Wildberries API
page-link-cabinet = Открыть личный кабинет

### Alerts and schedules

cli-help-metrics = Показатели в формате Prometheus: ключи, сроки, импорты, запросы.
alert-opened = Проблема: { $title }
alert-solved = Решено: { $title }
alert-several = WB Desk: новых проблем — { $opened }, решено — { $solved }
alert-key = Ключ: { $name }
alert-paused = Расписание остановлено: { $source }. Оно продолжится, когда чек-лист будет пройден.
alert-more =
    { $count ->
        [one] И ещё { $count } проблема.
        [few] И ещё { $count } проблемы.
       *[other] И ещё { $count } проблем.
    }
alert-test-title = WB Desk: проверка
alert-test-text = Это проверочное сообщение. Сюда будут приходить оповещения о токенах и импортах.
alert-error-unreadable = Адрес не распознан. Проверьте, что он скопирован целиком.
alert-error-forbidden = В такой сервис WB Desk не отправляет.
alert-error-local = В адресе указан файл этого компьютера. Уберите этот параметр.
alert-error-timeout = Сервис не ответил вовремя.
alert-error-unreachable = Не удалось соединиться с сервисом.
alert-error-auth = Сервис не принял логин, пароль или токен из адреса.
alert-error-http = Сервис ответил ошибкой { $status }.
alert-error-failed = Сервис не принял сообщение.
alert-error-secret_key = Адрес не расшифровать: секретный ключ другой, чем при сохранении.
alert-error-channel_exists = Канал с таким названием уже есть.
schedule-every = каждые { $duration }
schedule-daily = ежедневно в { $time } ({ $zone })
schedule-off = выключено
schedule-next = следующий запуск: { $at }
schedule-paused = остановлено: { $reason }
schedule-paused-retry = остановлено: { $reason }. Ещё одна попытка: { $at }
schedule-refused-too_often = Так часто нельзя: не чаще чем раз в { $least }.
schedule-refused-too_rare = Не реже одного раза в неделю.
schedule-refused-not_a_time = Время записывается так: 07:30.
schedule-refused-not_a_zone = Такого часового пояса нет.
schedule-refused-one_of_both = Выберите одно: повторять каждые несколько минут или ежедневно.
