diag-wrong_environment-no_test_environment-title = Этого метода нет в тестовой среде Wildberries
diag-wrong_environment-no_test_environment = Метода «{ $method }» нет в тестовой среде Wildberries, он работает только в рабочей. С тестовым токеном его не вызвать: нужен обычный токен.
diag-token_malformed-arrived_empty = До Wildberries дошёл пустой или обрезанный токен. Либо он скопирован не целиком, либо его по дороге убирает программа между этим компьютером и Wildberries: прокси, антивирус, VPN.
diag-token_malformed-header_lost-title = Токен не доходит до Wildberries
diag-token_malformed-header_lost = Запрос пришёл в Wildberries без токена, хотя WB Desk его отправил. Так бывает, когда по дороге стоит прокси, антивирус или VPN и убирает заголовок Authorization. С самим токеном всё может быть в порядке.
diag-token_withdrawn-used_to_work = Токен ключа «{ $key }» работал (последний раз { $worked_until }), а теперь Wildberries говорит, что он отозван. Так бывает, когда токен удалили в личном кабинете или у кабинета сменился владелец. Нужен новый токен.
diag-token_type_not_allowed-personal-title = Wildberries не принимает этот персональный токен
diag-token_type_not_allowed-personal = Токен ключа «{ $key }» уже персональный, но для метода «{ $method }» Wildberries отвечает: { $detail }. Другой тип токена здесь не поможет, напишите в поддержку Wildberries.
diag-access_denied-used_to_work = Раньше этот токен работал с методом «{ $method }» (последний раз { $worked_until }), а теперь Wildberries отказывает. Так бывает, когда у кабинета сменился владелец или пользователю закрыли доступ.
diag-rate_limited-untold = Wildberries просит присылать запросы реже и не говорит, сколько ждать. Следующий запрос можно отправить после { $until }. Если отказ повторится, WB Desk будет ждать дольше. Лимит общий для всех программ этого продавца.
diag-endpoint_retired-deprecated = Wildberries закрыл метод «{ $method }» и сам пишет, что вместо него. Токен здесь ни при чём.
diag-unexpected_response-too_large = Ответ на метод «{ $method }» намного больше, чем бывает у Wildberries, и WB Desk не стал его читать. Загруженное раньше не пострадало.
diag-unknown-refused-title = Wildberries не принимает этот токен
diag-unknown-refused = Wildberries не принимает токен ключа «{ $key }» и не объясняет почему. Вот ответ: { $status } { $excerpt }
diag-unknown-used_to_work-title = Wildberries перестал принимать этот токен
diag-unknown-used_to_work = Токен ключа «{ $key }» работал (последний раз { $worked_until }), а теперь Wildberries его не принимает и не объясняет почему. Так бывает, когда токен удалили или у кабинета сменился владелец. Вот ответ: { $status } { $excerpt }
step-ask_owner = Создавать токены может только владелец кабинета. Если это не вы, отправьте ему этот список
step-owner_changed = Узнайте, не сменился ли владелец кабинета: после смены прежние токены перестают работать, и новые создаёт новый владелец
step-free_place = Если токен не создаётся, удалите в кабинете тот, которым больше не пользуются: активных токенов у магазина может быть не больше 20
step-check_proxy = Проверьте прокси, антивирус и VPN на этом компьютере: им нельзя менять запросы к wildberries.ru. Для проверки их можно ненадолго отключить
step-read_notice = Прочитайте у Wildberries, чем заменён метод
clock-wrong =
    { $direction ->
        [fast] Часы на компьютере «{ $machine }» спешат на { $duration }. Из-за этого неверно считаются сроки токенов и ожидания лимитов.
       *[slow] Часы на компьютере «{ $machine }» отстают на { $duration }. Из-за этого неверно считаются сроки токенов и ожидания лимитов.
    }
clock-way-out = Включите на нём автоматическую настройку даты и времени и проверьте часовой пояс. Предупреждение исчезнет после следующего запроса к Wildberries.
