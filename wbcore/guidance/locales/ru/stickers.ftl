method-orders-stickers = Стикеры заказов
page-stickers-title = Стикеры заказов этого листа
page-stickers-note = Стикеры рисует Wildberries для заказов FBS на сборке и в доставке. Если заказ ещё новый, сначала добавьте его в поставку в кабинете Wildberries.
page-stickers-lines = Строки листа (пусто: все)
page-stickers-no-such-line = Таких строк в листе нет: в нём строки от 1 до { $lines }. Напишите номера, например 1-5, 8, или оставьте поле пустым: тогда стикеры придут для всех строк.
page-stickers-size = Размер, мм
page-stickers-get = Получить стикеры
page-stickers-asking = Получаем стикеры у Wildberries…
page-stickers-ready = { $count ->
    [one] Готов { $count } стикер.
    [few] Готовы { $count } стикера.
   *[many] Готово { $count } стикеров.
}
page-stickers-save = Скачать стикеры
page-stickers-refused = { $count ->
    [one] Без стикера остался { $count } заказ
    [few] Без стикера остались { $count } заказа
   *[many] Без стикера осталось { $count } заказов
}
page-stickers-no-key = У этого продавца больше нет ключа. Добавьте ключ, и стикеры можно будет получить.
page-stickers-none = Ни для одного из выбранных заказов стикера нет. Почему, написано у каждого.
stickers-refused-model = не FBS: такие стикеры Wildberries не рисует
stickers-refused-status = статус «{ $status }»: стикеры есть только на сборке и в доставке
stickers-refused-unknown = Wildberries не знает этого заказа
stickers-refused-none = Wildberries не прислал стикер; возможно, у заказа нет номера декларации на товары
stickers-refused-damaged = картинка стикера повреждена, попробуйте ещё раз
stickers-refused-too_many = за один раз можно получить 1000 стикеров; выберите меньше строк
audit-stickers_made = Получены стикеры заказов
