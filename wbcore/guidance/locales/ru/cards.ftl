diag-title-key = { $problem }: ключ «{ $key }»
diag-title-key-seller = { $problem }: ключ «{ $key }», { $seller }
diag-title-keys = { $problem }: ключи { $keys }
diag-title-many =
    { $problem }: { $count ->
        [one] { $count } ключ
        [few] { $count } ключа
       *[other] { $count } ключей
    }
diag-title-sellers =
    { $count ->
        [one] { $count } продавец
        [few] { $count } продавца
       *[other] { $count } продавцов
    }
diag-import-done = Заказы загружены ключом «{ $other_key }», этот импорт выполнен. Сам ключ «{ $key }» загрузить их по-прежнему не может: у его токена нет категории «{ $category }». Чтобы и он заработал, замените его токен; если он для этого не нужен, нажмите «Неактуально».
diag-was = Так было: { $summary }
diag-mended-title = Токен заменён, осталось повторить импорт
diag-replaced = Токен ключа «{ $key }» заменён { $at }, со стороны токена препятствий больше не видно. Осталось повторить импорт.
diag-replaced-still = Токен ключа «{ $key }» заменён { $at }, но и новый не подходит. Его категории: { $present }.
route-other-key = Загрузить ключом «{ $other_key }»
route-new-token = Сделать новый токен для ключа «{ $key }»
step-note-not-needed = не понадобилось
past-solved = { $at }: решено
past-healed = { $at }: прошло само, Wildberries снова отвечает
past-replaced = { $at }: решено, токен заменён
past-removed = { $at }: ключей, которых это касалось, больше нет
past-overtaken = { $at }: срок вышел, теперь об этом другой список
past-dismissed = { $at }: неактуально, отметил(а) { $who }: { $word }
past-merged = { $at }: стало частью общего сбоя
past-reopened = { $at }: проблема вернулась
past-reopened-by = { $at }: открыл(а) снова { $who }
past-snoozed = { $at }: отложил(а) { $who }
page-steps-show = Шаги
page-steps-hide = Свернуть
page-checklist-since = С { $at }
page-checklist-step = шаг { $step } из { $all }
page-checklist-import-done = импорт выполнен другим ключом
page-checklist-snoozed = отложено до { $at }
page-checklist-concerned = Кого это касается: { $count }
page-checklist-route = Каким путём
page-checklist-route-taken = (выбран этот путь)
page-way-spared = Другой путь не понадобился: { $name }
page-way-spared-now = Для этого импорта другой путь не понадобился: { $name }
page-steps-spared = Эти шаги не понадобились
page-checklist-later = Напомнить позже
page-checklist-later-1 = Через день
page-checklist-later-7 = Через неделю
page-checklist-dismiss = Неактуально
page-checklist-dismiss-yes = Убрать из списка
page-checklist-why = Почему это неактуально
page-checklist-why-empty = Напишите хотя бы слово: потом будет понятно, почему это убрали.
page-checklist-support = Написать в поддержку Wildberries
page-checklist-past = Что было раньше: { $count }
page-checklist-put-off = Отложенное
page-checklist-none-put-off = Отложенного нет.
page-checklist-none-solved = Решённого пока нет.
page-checklist-gone-meanwhile = Эту проблему за это время решили или убрали из списка.
page-key-gone-meanwhile = Этот ключ за это время удалили.
page-seller-gone-meanwhile = Ключ выбранного продавца за это время удалили. Проверьте, какой продавец выбран теперь; ничего не сделано.
page-paste-token = Новый токен
page-step-see-below = ниже: «{ $part }»
page-checklist-developer = Передать разработчику WB Desk
page-repeat-all = Повторить импорты: { $count }
page-owner-copy = Готовое сообщение владельцу кабинета. В нём есть всё, что нужно нажать; WB Desk ему для этого не нужен.
owner-greeting = Здравствуйте. Нужна ваша помощь с личным кабинетом Wildberries: программа, которая загружает наши заказы, сообщает:
owner-do-token = Пожалуйста, создайте новый токен. Это может только владелец кабинета. По порядку:
owner-do = Пожалуйста, проверьте:
owner-no-chat = Токен не отправляйте в чат, по почте или снимком экрана: он открывает доступ к кабинету. Передайте его лично или через менеджер паролей.
owner-link = Подробности (только для чтения): { $link }
support-greeting-question = Здравствуйте. Вопрос о токене для API Wildberries.
support-not-sent = Запрос не отправлялся: до отправки видно, что он не пройдёт. Причина: { $problem }
support-no-answer = Ответа на запрос не было.
diag-scope_missing-bits_say_yes-title =
    { $scoped ->
        [yes] Wildberries отказывает, хотя категория «{ $category }» у токена есть
       *[no] Wildberries отказывает, хотя здесь подходит любая категория
    }
diag-scope_missing-used_to_work-title = Токен перестал открывать «{ $method }», раньше открывал
diag-wrong_environment-test_on_production-title = Тестовый токен в рабочей среде Wildberries
diag-wrong_environment-production_on_test-title = Обычный токен в тестовой среде Wildberries
diag-token_expired-said_by_wb-title = Wildberries считает токен просроченным
diag-token_expired-before_its_end-title = Wildberries считает токен просроченным, а по самому токену срок не вышел
diag-token_type_not_allowed-service-title = Сервисный токен, он выдан другому сервису
diag-token_type_not_allowed-basic-title = Базовый токен с очень маленькими лимитами
diag-network_unreachable-dns-title = Нет связи с Wildberries, адрес не найден
diag-network_unreachable-refused-title = Нет связи с Wildberries, в соединении отказано
diag-network_unreachable-tls-title = Нет защищённого соединения с Wildberries
diag-network_unreachable-timeout-title = Wildberries не отвечает вовремя
diag-network_unreachable-dropped-title = Соединение с Wildberries обрывается
diag-unexpected_response-html-title = Вместо данных приходит веб-страница
diag-unexpected_response-redirect-title = Вместо ответа запрос отправляют на другой адрес
diag-unexpected_response-truncated-title = Ответ Wildberries обрывается на середине
diag-unexpected_response-wrong_shape-title = Ответ Wildberries устроен не так, как описано
diag-unexpected_response-not_json-title = Ответ Wildberries не удалось прочитать
diag-rate_limited-basic_quota-title = Лимит базового токена израсходован
diag-unknown-internal-title = Ошибка внутри WB Desk
diag-token_malformed-empty-title = Поле с токеном пустое
diag-token_malformed-cut-title = Токен скопирован не целиком
diag-token_malformed-foreign-title = Это ключ другого сервиса
diag-token_malformed-two_tokens-title = Вставлено два токена сразу
diag-token_malformed-said_by_wb-title = Wildberries не может прочитать токен
page-check-asked = Спрашиваем Wildberries ещё раз. Если всё снова работает, список закроется сам.
alert-reminder = Всё ещё не решено: { $title }
alert-since = Началось { $at }
alert-several-reminders = WB Desk: всё ещё не решено — { $count }
page-alerts-remind = Напоминать о нерешённом
page-alerts-remind-off = не напоминать
page-alerts-remind-every = раз в { $time }
page-import-found = Так закончился последний импорт или проверка ({ $at }). Если вы это уже исправили, попробуйте ещё раз.
page-import-checked = Так ответил Wildberries при последней проверке ({ $at }).
page-run-hangs = { $phase }: Wildberries не отвечает уже { $time }. Ждём, и если ответа не будет, скажем, что делать
page-run-period = прочитано дней: { $read } из { $days } ({ $since } – { $until })
page-run-requests = запросов: { $requests }
page-run-elapsed = идёт { $time }
page-run-waited = ждали лимит { $time }
page-keys-not-found = Такого ключа нет. Измените поиск.
page-key-used-by-imports = нужен для импортов: { $names }
page-key-used-by-schedules = нужен для расписаний: { $names }
page-key-unused = пока ни для чего не нужен
page-key-stands-still = Из-за ошибки стоит: { $names }
page-key-standing-schedule = расписание «{ $name }»
page-key-standing-import = импорт «{ $name }»
page-key-last-import = последний импорт { $at }: { $status }
page-key-check-one = Проверить этот ключ
page-key-being-checked = Проверяем…
key-state-ok = работает
key-state-warning = есть замечания
key-state-error = требует внимания
key-state-unknown = ещё не проверен
key-state-unreachable = Wildberries недоступен с { $at }
key-state-strange = Wildberries отвечает не как обычно с { $at }
key-state-ok-last = до этого работал
key-state-warning-last = до этого были замечания
key-state-error-last = и сам требует внимания
key-state-unknown-last = ещё не проверен
category-all = все
route-or = Путь { $number }: { $name }
cli-not-needed = не понадобилось
cli-incident-more = и ещё ключей: { $count }
cli-next = Дальше: { $command }
cli-route-other-key = другой ключ
cli-route-new-token = новый токен
page-zone = Часовой пояс
page-run-broken-off = Импорт прервался: программа, которая его вела, не отвечает. Его продолжит следующая
