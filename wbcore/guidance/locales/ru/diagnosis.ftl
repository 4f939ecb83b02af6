diag-scope_missing-title =
    { $scoped ->
        [yes] Токену не хватает категории «{ $category }»
        [no] У токена нет ни одной категории
       *[other] Токену не хватает категории
    }
diag-scope_missing-summary =
    Wildberries не пускает токен{ $named ->
        [no] { "" }
       *[other] { " " }ключа «{ $key }»
    } к методу «{ $method }»: для него нужна категория «{ $category }», а у токена есть: { $present }. Добавить категорию к готовому токену нельзя, нужен новый.
diag-scope_missing-category_missing =
    Для методов категории «{ $category }» токен{ $named ->
        [no] { "" }
       *[other] { " " }ключа «{ $key }»
    } не подходит: у него есть только такие категории: { $present }. Добавить категорию к готовому токену нельзя, нужен новый.
diag-scope_missing-bits_say_yes =
    { $scoped ->
        [yes] Категория «{ $category }» у токена есть, но Wildberries всё равно отвечает отказом.
       *[no] Для метода «{ $method }» подходит любая категория, у токена есть: { $present }. Но Wildberries всё равно отвечает отказом.
    } Похоже, что-то изменилось на стороне Wildberries: проверьте токен в декодере и напишите в поддержку Wildberries.
diag-scope_missing-used_to_work = Раньше этот токен работал (последний раз { $worked_until }), а теперь Wildberries отвечает отказом. Так бывает, когда токен удалили в личном кабинете или у кабинета сменился владелец.
diag-scope_missing-other_key_has_it =
    У токена{ $named ->
        [no] { "" }
       *[other] { " " }ключа «{ $key }»
    } нет категории «{ $category }», но она есть у другого вашего ключа: «{ $other_key }». Можно продолжить с ним или сделать новый токен.
diag-wrong_environment-title = Токен от другой среды Wildberries
diag-wrong_environment-summary = Тестовые токены работают только в тестовой среде Wildberries, обычные только в рабочей.
diag-wrong_environment-test_on_production = Это тестовый токен: он работает только в тестовой среде Wildberries, а метод «{ $method }» есть только в рабочей. Нужен обычный токен.
diag-wrong_environment-production_on_test = Это обычный токен, а запрос ушёл в тестовую среду Wildberries. Для неё нужен тестовый токен.
diag-token_expired-title = Срок действия токена истёк
diag-token_expired-summary =
    Wildberries больше не принимает токен{ $named ->
        [no] { "" }
       *[other] { " " }ключа «{ $key }»
    }: срок его действия истёк. Токен живёт 180 дней, потом нужен новый.
diag-token_expired-said_by_wb =
    Wildberries больше не принимает токен{ $named ->
        [no] { "" }
       *[other] { " " }ключа «{ $key }»
    }: срок его действия истёк. Токен живёт 180 дней, потом нужен новый.
diag-token_expired-before_its_end =
    Wildberries отвечает, что срок действия токена{ $named ->
        [no] { "" }
       *[other] { " " }ключа «{ $key }»
    } истёк, а по самому токену он действует до { $expires_at }. Так бывает и тогда, когда часы этого компьютера отстают: проверьте дату и время. Если они верны, поможет только новый токен.
diag-token_expired-expired_since =
    Срок действия токена{ $named ->
        [no] { "" }
       *[other] { " " }ключа «{ $key }»
    } истёк { $expires_at }.{ $stopped ->
        [0] { "" }
        [one] { " " }С тех пор не прошёл { $stopped } импорт.
        [few] { " " }С тех пор не прошли { $stopped } импорта.
       *[other] { " " }С тех пор не прошли { $stopped } импортов.
    } Токен живёт 180 дней, потом нужен новый.
diag-token_expiring-title = Срок действия токена скоро истечёт
diag-token_expiring-summary =
    Токен{ $named ->
        [no] { "" }
       *[other] { " " }ключа «{ $key }»
    } перестанет работать { $expires_at }, осталось { $days ->
        [0] меньше дня
        [one] { $days } день
        [few] { $days } дня
       *[other] { $days } дней
    }. Лучше создать новый заранее, чтобы импорт не прерывался.
diag-token_malformed-title = Это не похоже на целый токен Wildberries
diag-token_malformed-summary = Токен не удалось прочитать. Скопируйте его в личном кабинете ещё раз, целиком.
diag-token_malformed-empty = Поле с токеном пустое. Скопируйте токен в личном кабинете и вставьте его целиком.
diag-token_malformed-cut = Токен скопирован не целиком: в нём { $length ->
        [one] { $length } символ
        [few] { $length } символа
       *[other] { $length } символов
    }, конец или начало потерялись.
diag-token_malformed-foreign = Это ключ другого сервиса, а не токен Wildberries.
diag-token_malformed-two_tokens = Вставлено два токена подряд. Нужен один.
diag-token_malformed-not_wb = Это токен, но не от Wildberries: в нём нет данных продавца.
diag-token_malformed-garbage = Это не токен Wildberries: в тексте есть лишние или изменённые символы.
diag-token_malformed-too_long = Вставлен слишком длинный текст: { $length ->
        [one] { $length } символ
        [few] { $length } символа
       *[other] { $length } символов
    }. В токене Wildberries их около 500.
diag-token_malformed-said_by_wb = Wildberries не может прочитать этот токен: похоже, при копировании он изменился.
diag-token_withdrawn-title = Токен удалён в личном кабинете
diag-token_withdrawn-used_to_work-title = Токен отозван
diag-token_withdrawn-summary =
    Токен{ $named ->
        [no] { "" }
       *[other] { " " }ключа «{ $key }»
    } удалили в личном кабинете Wildberries, он больше не работает. Нужен новый токен.
diag-token_read_only-title = Токен только на чтение
diag-token_read_only-summary =
    Wildberries пишет, что для метода «{ $method }» мало доступа «Только чтение», а токен{ $named ->
        [no] { "" }
       *[other] { " " }ключа «{ $key }»
    } создан с ним. Обычно WB Desk этого доступа достаточно.
diag-token_type_not_allowed-title = Этот тип токена здесь не подходит
diag-token_type_not_allowed-summary = Тип токена: { $kind }. Для WB Desk, который работает на вашем компьютере, подходит персональный токен.
diag-token_type_not_allowed-closed = Wildberries не пускает токены такого типа ({ $kind }) к методу «{ $method }». Для WB Desk подходит персональный токен.
diag-token_type_not_allowed-service = Это сервисный токен: он выдан одному сервису из каталога Wildberries. Для WB Desk, который работает на вашем компьютере, подходит персональный токен.
diag-token_type_not_allowed-basic = Это базовый токен: он работает, но лимиты у него очень маленькие, например статистика заказов раз в 3 часа. С персональным токеном ждать почти не придётся.
diag-seller_mismatch-title = Токен другого продавца
diag-seller_mismatch-summary = Чей ключ «{ $key }»: { $seller }; чей новый токен: { $other_seller }; он не сохранён, чтобы заказы двух продавцов не смешались.
diag-seller_mismatch-named_another-title = Wildberries назвал не того продавца, чей это токен
diag-seller_mismatch-named_another = По самому токену номер продавца { $own }, а на вопрос, кто продавец, пришёл ответ: { $other_seller }. Заказы этого ключа хранятся под номером из токена, чтобы заказы двух продавцов не смешались; имени у продавца не будет, пока ответы не совпадут.
diag-access_denied-title = У продавца нет доступа к этому методу
diag-access_denied-summary = Категория у токена верная, но Wildberries не разрешает этому продавцу или пользователю метод «{ $method }».
diag-payment_required-title = Wildberries просит оплатить доступ
diag-payment_required-summary = Так Wildberries отвечает сервисам из своего каталога. Для WB Desk, который работает на вашем компьютере, подходит персональный токен.
diag-payment_required-personal =
    Так Wildberries отвечает сервисам из своего каталога, а токен{ $named ->
        [no] { "" }
       *[other] { " " }ключа «{ $key }»
    } персональный. Другой токен здесь не поможет: спросите поддержку Wildberries, за что просят оплату.
diag-rate_limited-title = Лимит запросов Wildberries израсходован
diag-rate_limited-summary = Wildberries просит подождать до { $until }. Лимит общий для всех программ этого продавца.
diag-rate_limited-burst = Wildberries просит подождать до { $until }. Лимит общий для всех программ этого продавца; запросы раньше времени только продлят ожидание.
diag-rate_limited-basic_quota = У базового токена маленькие лимиты: статистика и лента заказов раз в 3 часа, новости портала раз в час, информация о продавце раз в сутки. Следующий запрос можно отправить после { $until }.
diag-endpoint_retired-title = Wildberries убрал или перенёс этот метод
diag-endpoint_retired-summary = Метода «{ $method }» по этому адресу больше нет. Токен здесь ни при чём.
diag-method_disabled-title = Wildberries временно отключил этот метод
diag-method_disabled-summary = Метод «{ $method }» временно отключён на стороне Wildberries. Токен здесь ни при чём, нужно подождать.
diag-bad_request-title = Wildberries не принял запрос
diag-bad_request-summary = Wildberries считает запрос к методу «{ $method }» неправильным. Его ответ: { $status } { $excerpt }
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
diag-unknown-internal = Внутри WB Desk что-то пошло не так ({ $excerpt }). Загруженное раньше не пострадало; подробности записаны в журнал программы.
diag-help-category = Убедитесь, что токен создан с правильной категорией: «{ $category }»
diag-help-expiry = Проверьте, что срок действия токена не истёк
diag-help-seller = Убедитесь, что аккаунт продавца активен
diag-help-support = Напишите в поддержку Wildberries: диалоги в личном кабинете продавца, категория API
