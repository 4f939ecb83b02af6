# Адреса оповещений.
alert-error-private = Адрес ведёт на этот компьютер или в его сеть: туда оповещения не отправляются. Если так и нужно, задайте WB_ALERTS_PRIVATE=1 и перезапустите программу.
alert-error-parameter = Параметр «{ $name }» в адресе не принимается или имеет значение, которое не принимается. Уберите его и повторите.
page-alerts-example-telegram = Telegram: tgram://123456789:AAE…/987654321 (токен бота / номер чата)
page-alerts-example-mail = Почта: mailtos://имя:пароль@yandex.ru?to=кому@example.com
