page-overview-title = Обзор
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
page-overview-all-well = Всё в порядке: открытых проблем нет.
page-overview-nothing-open = Открытых проблем нет.
page-overview-put-off-some = Отложено: { $count }.
page-overview-last-failed = Последний импорт не удался: { $key }. Посмотрите, чем он закончился, и попробуйте ещё раз.
page-overview-see-import = Открыть импорт
page-overview-solved = Решённое

page-overview-orders-today = Заказы сегодня
page-overview-orders-yesterday = Вчера к { $hour }
page-overview-orders-week = За 7 дней
page-overview-to-assemble = К сборке сейчас
page-overview-part-new = новых { $count }
page-overview-part-assembly = на сборке { $count }
page-overview-oldest = самый старый: { $age }
page-overview-oldest-now = самый старый: меньше часа
page-overview-nothing-waits = собирать нечего
page-overview-lost = Отмену увидели сегодня
page-overview-lost-none = новых отмен не видели
page-overview-lost-note = Заказы, которые были в работе, а сегодня импорт увидел их отменёнными. Не отгружайте их.
page-overview-lost-some = не отгружать
page-overview-open-day = Сегодня списком
page-overview-open-yesterday = Вчера списком
page-overview-open-lost = Отменённые списком
page-overview-open-week = Неделя списком
page-overview-open-to-assemble = К сборке списком
page-overview-updated = Данные обновлены { $ago }
page-overview-never-updated = Удачных импортов ещё не было
page-overview-zone = время: { $zone }
page-overview-uneven = Часы вашего пояса не совпадают с часами UTC, а суммы ведутся по ним: день в суммах и на графиках идёт с 00:{ $minutes } до 00:{ $minutes }. Списки заказов начинаются ровно в полночь, поэтому числа в них могут немного отличаться.
page-overview-sellers = Продавцы
page-overview-sellers-more = Показаны { $shown } из { $all }: сначала те, где есть проблемы.
page-column-today = Сегодня
page-column-last-import = Последний импорт
page-column-next-import = Следующий
page-column-token = Токен
page-column-problems = Проблемы
page-overview-token-days = { $days ->
    [0] последний день
    [one] { $days } день
    [few] { $days } дня
   *[other] { $days } дней
}
page-overview-token-over = истёк
page-overview-no-next = сам не повторяется
page-overview-later = отложено: { $count }
page-overview-no-problems = нет
page-overview-soon = сейчас
page-overview-in = через { $time }
page-column-seller = Продавец
page-day-order = Заказ
page-day-article = Артикул
page-day-warehouse = Склад
page-overview-lost-more = Показаны последние { $shown } из { $all }; все, кнопкой «Отменённые списком» выше.
page-overview-solved-more = Показаны последние { $shown }.
page-overview-put-off-more = Показаны { $shown } из { $all }: сначала те, что вернутся раньше.
page-overview-failed-more = Ещё ключей, у которых последний импорт не удался: { $count }.
