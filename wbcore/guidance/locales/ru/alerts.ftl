page-alerts-title = Оповещения (каналов: { $count })
page-alerts-note = О новой проблеме придёт сообщение, и ещё одно, когда она решена. О проблемах, найденных одновременно, придёт одно на всех.
page-alerts-name-example = Например: Телеграм Анны
page-alerts-name-empty = Дайте каналу название.
page-alerts-url = Адрес канала
page-alerts-url-help = Адрес в виде mailto://… или tgram://…. Он хранится зашифрованным и больше не показывается.
page-alerts-quiet = Тихие часы: придержать до их конца
page-alerts-quiet-hours = Тихие часы: с { $begin } до { $end }
page-alerts-from = Тихо с
page-alerts-to = Тихо до
page-alerts-hours-wrong = Тихие часы указаны неверно: начало и конец должны различаться.
page-alerts-add = Добавить канал
page-alerts-test = Проверить канал
page-alerts-failed-at = Последняя попытка: { $at }.
page-alerts-sending = Отправляем…
page-alerts-sent = Проверочное сообщение отправлено.
page-alerts-gone = Этого канала больше нет: его удалили.
alert-opened = Проблема: { $title }
alert-solved = Решено: { $title }
alert-several = WB Desk: новых проблем — { $opened }, решено — { $solved }
alert-key = Ключ: { $name }
alert-paused = Расписание остановлено: { $source }. Оно продолжится, когда проблема будет решена.
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
alert-error-failed = Сервис не принял сообщение. Проверьте в адресе логин, пароль или токен, а у самого сервиса, принимает ли он сообщения.
alert-error-secret_key = Адрес не расшифровать: секретный ключ другой, чем при сохранении.
alert-error-channel_exists = Канал с таким названием уже есть.
alert-several-mixed = WB Desk: новых проблем — { $opened }, всё ещё не решено — { $reminded }, решено — { $solved }
