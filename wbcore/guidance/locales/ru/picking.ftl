page-picking-title = Лист подбора
page-picking-seller = Продавец
page-picking-what = Что собрать
page-picking-only-unlisted = Без тех, что уже есть в прошлых листах
page-picking-make = Составить лист
page-picking-nothing = Собирать нечего: таких заказов сейчас нет. Загрузите новые заказы, и лист можно будет составить.
page-picking-all-listed = Собирать нечего: все такие заказы уже стоят в прошлых листах. Чтобы составить лист и из них, снимите отметку «Без тех, что уже есть в прошлых листах».
page-picking-keyless = У этого продавца больше нет ключа: новые заказы не загружаются, и новый лист собрать нельзя. Готовые листы остаются здесь.
page-picking-none = Листов пока нет. Выберите, что собрать, и нажмите «Составить лист»: он сразу готов к печати.
page-picking-made = Лист № { $number } составлен.
page-picking-sheet = Лист
page-picking-sheet-gone = Выбранного листа среди последних больше нет. Показан самый новый; ничего не сделано.
page-picking-sheets-more = Можно выбрать из последних листов: { $shown }. Более ранних здесь нет.
page-picking-sheet-line = № { $number } · { $at } · { $orders ->
    [one] { $orders } заказ
    [few] { $orders } заказа
   *[many] { $orders } заказов
}
page-picking-changed = Изменилось с печати
page-picking-unchanged = С печати ничего не изменилось.
page-picking-new = { $count ->
    [one] Ещё { $count } заказ, которого нет ни в одном листе
    [few] Ещё { $count } заказа, которых нет ни в одном листе
   *[many] Ещё { $count } заказов, которых нет ни в одном листе
}
page-picking-new-more = Ещё больше { $count } заказов, которых нет ни в одном листе. Ниже последние из них
page-picking-column-line = Строка
picking-more-in-files = Показаны { $shown } из { $all }; все есть в PDF и Excel.
picking-more-below = Показаны { $shown } из { $all }; остальные отмечены в своих строках.
page-picking-make-new = Лист из них
page-picking-order-line = строка { $line }
page-picking-show-comments = Показать комментарии покупателей
page-picking-comments-hidden = { $count ->
    [one] У { $count } заказа есть комментарий покупателя. Чтобы его читать, нужно право видеть данные покупателей.
   *[many] У { $count } заказов есть комментарий покупателя. Чтобы их читать, нужно право видеть данные покупателей.
}
page-picking-pdf = PDF для печати
page-picking-xlsx = Excel
page-picking-view = Вид
page-picking-view-screen = На экране
page-picking-view-paper = Для печати
page-picking-print = Напечатать
page-picking-print-hint = Если окно печати не открылось, нажмите Ctrl+P (на Mac: Cmd+P).
page-picking-too-long = Строк в листе: { $lines }. Для печати возьмите PDF, здесь показаны первые { $shown }.
page-picking-lines = Строки { $first }–{ $last } из { $all }
page-picking-link = Лист подбора
picking-sheet-title = Лист подбора № { $number }
picking-made = составлен { $at }, { $who }
picking-choice-new = Новые заказы
picking-choice-assembly = Заказы на сборке
picking-choice-both = Новые и на сборке
picking-counted = { $orders ->
    [one] { $orders } заказ
    [few] { $orders } заказа
   *[many] { $orders } заказов
}, { $lines ->
    [one] { $lines } строка
    [few] { $lines } строки
   *[many] { $lines } строк
}
picking-left-out = В листе { $count } самых старых заказов. Остальные войдут в следующий лист: отметьте «Без тех, что уже есть в прошлых листах».
picking-not-to-ship = { $count ->
    [one] Не отгружать: { $count } заказ отменён
    [few] Не отгружать: { $count } заказа отменены
   *[many] Не отгружать: { $count } заказов отменено
}
picking-line-cancelled = Не отгружать: { $ids }
picking-cancelled = отменён, не отгружать
picking-warehouse = Склад { $id }
picking-office = сдать: { $name }
picking-no-warehouse = Склад не указан
picking-hurry-1 = больше суток
picking-hurry-2 = больше двух суток
picking-marking-sgtin = Честный знак
picking-marking-uin = УИН
picking-marking-imei = IMEI
picking-marking-gtin = GTIN
picking-marking-expiration = срок годности
picking-marking-customsDeclaration = номер ДТ
picking-comments = { $count ->
    [one] { $count } комментарий
    [few] { $count } комментария
   *[many] { $count } комментариев
}
picking-comments-title = Комментарии покупателей
picking-page = страница { $page } из { $pages }
picking-sheet-name = Лист подбора
picking-orders-name = Заказы
picking-column-done = Собрано
picking-column-number = №
picking-column-place = Склад
picking-column-article = Артикул
picking-column-size = Размер
picking-column-barcode = Штрихкод
picking-column-quantity = Кол-во
picking-column-cancelled = Отменено
picking-column-marking = Маркировка
picking-column-comments = Комментарии
picking-column-comment = Комментарий
picking-column-waits = Ждёт
picking-column-oldest = Самый старый заказ
picking-column-hurry = Ждёт долго
picking-column-order = Заказ
picking-column-state = Состояние
audit-picking_made = Составлен лист подбора
audit-picking_taken = Сохранён лист подбора
audit-comments_revealed = Показаны комментарии покупателей
page-picking-no-comments = Комментариев у заказов этого листа нет.
