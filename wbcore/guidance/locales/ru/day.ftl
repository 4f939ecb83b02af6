day-news = { $seller }: { $count ->
    [one] { $count } новый заказ
    [few] { $count } новых заказа
   *[many] { $count } новых заказов
}
day-waiting = { $seller }: { $count ->
    [one] { $count } заказ ждёт дольше { $hours } ч и до сих пор не взят на сборку
    [few] { $count } заказа ждут дольше { $hours } ч и до сих пор не взяты на сборку
   *[many] { $count } заказов ждут дольше { $hours } ч и до сих пор не взяты на сборку
}
day-cancelled = { $seller }: { $count ->
    [one] { $count } заказ из листа подбора отменён
    [few] { $count } заказа из листа подбора отменены
   *[many] { $count } заказов из листа подбора отменено
}
day-summary = { $seller }: итог дня { $day }
day-silence = { $seller }: удачного импорта не было больше { $hours } ч
day-several = WB Desk: сообщений { $count }
day-seller = Продавец { $id }
day-test-seller = { $name } (тестовая среда)
day-sum = На сумму: { $sum }
day-oldest = Самый старый ждёт с { $at }
day-on-list = { $order } (лист { $sheet }, строка { $line })
day-more = и ещё { $count }
day-not-to-ship = Не отгружать:
day-orders = Заказов за день: { $count }
day-cancelled-today = Из них отменено: { $count }
day-to-assemble = Собрать: новых { $new }, на сборке { $assembly }
day-last-import = Последний удачный импорт: { $at }. Откройте страницу импорта: там видно, что случилось.
day-no-import = Удачных импортов ещё не было. Откройте страницу импорта: там видно, что случилось.
page-day-title = Сообщения дня
page-day-note = Приходят во все каналы. Данных покупателей в сообщениях нет.
page-day-seller = Продавец
page-day-news = Новые заказы
page-day-off = не сообщать
page-day-news-now = сразу
page-day-news-every = сводкой, раз в { $time }
page-day-waiting = Заказ всё ещё новый дольше, часов (0: не сообщать)
page-day-waiting-help = Сроки Wildberries зависят от склада и модели продажи: поставьте число с запасом.
page-day-cancelled = Заказ отменён, когда он уже в листе подбора
page-day-summary = Итог дня вечером
page-day-summary-at = Время итога
page-day-summary-help = Если сегодня этот час уже прошёл, первый итог придёт завтра.
page-day-silent = Удачного импорта не было дольше, часов (0: не сообщать)
page-day-silent-help = Сообщение придёт, если за это время ни один импорт продавца не закончился удачно. Чтобы оно пришло, программа должна работать.
page-day-quiet = Тихие часы: придержать до их конца
page-day-zone = Часы ниже сохранены для другого часового пояса: { $zone }. Когда вы сохраните, они станут часами вашего пояса: { $mine }.
page-day-save = Сохранить
page-day-saved = Сохранено.
page-day-wrong = Не сохранено: начало и конец тихих часов должны различаться.
page-day-no-channel = Сообщения начнут приходить, когда появится хотя бы один канал.
audit-day_messages_set = Изменены сообщения дня
